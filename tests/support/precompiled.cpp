// Nothing. A target for which CMake is to compile a header has to have a source.
