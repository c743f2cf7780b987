#!/usr/bin/env python3
"""Checks that what the *.md files of this repository say about its files is true.

usage: check_links.py ROOT [--program NAME=PATH ...]
       check_links.py --self-test

- A link to a file or folder of the repository leads somewhere, and to no line number: lines move.
- A link to a heading (#like-this) leads to one.
- [`name`](path) names something that occurs in that file; of `Class::function` each part.
- A code block after <!-- file: path --> is that whole file.
- A code block after <!-- quoted: path --> stands in that file, but for white space; a line of "…" stands for what was
  left out, and what follows it stands further down.
- A code block after <!-- printed by: NAME ARGUMENTS --> is part of what that program prints, if --program says where
  it is.
Exit code: 0 all true, 1 not so, 2 wrong usage.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

SKIPPED_FOLDERS = {".git", "build"}
LINK = re.compile(r"!?\[((?:`[^`]*`|[^\[\]])*)\]\(\s*<?([^()\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
DEFINITION = re.compile(r"^\s{0,3}\[[^\]]+\]:\s+<?([^\s>]+)>?")
CODE_SPAN = re.compile(r"`[^`]+`")
FENCE = re.compile(r"^\s*(```+|~~~+)")
MARK = re.compile(r"^\s*<!--\s*(file|quoted|printed by):\s*(.*?)\s*-->\s*$")
SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*:", re.IGNORECASE)
LEFT_OUT = "…"


def squeezed(text):
    """Without white space, so that a formatter may break lines elsewhere."""
    return re.sub(r"\s+", "", text)


def slug(heading):
    """The anchor of a heading, as the usual viewers make it."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").strip().lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


class Page:
    """One Markdown file, taken apart: lines of prose, and code blocks with the mark before them."""

    def __init__(self, path):
        self.path = path
        self.prose = []  # (line number, text)
        self.blocks = []  # (line number, kind, argument, text)
        self.anchors = set()
        fence, mark, begin, body = None, None, 0, []
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            opening = FENCE.match(line)
            if fence:
                if opening and line.strip().startswith(fence) and line.strip(" `~") == "":
                    if mark:
                        self.blocks.append((begin, *mark, "\n".join(body)))
                    fence, mark = None, None
                else:
                    body.append(line)
            elif opening:
                fence, begin, body = opening.group(1), number, []
            else:
                if line.strip():
                    found = MARK.match(line)
                    if mark and not found:
                        self.blocks.append((number, *mark, None))
                    mark = found.groups() if found else None
                if heading := re.match(r"^#{1,6}\s+(.*?)\s*#*$", line):
                    self.add_anchor(slug(heading.group(1)))
                self.prose.append((number, line))

    def add_anchor(self, name):
        count, unique = 0, name
        while unique in self.anchors:
            count += 1
            unique = f"{name}-{count}"
        self.anchors.add(unique)


class Checker:
    def __init__(self, root, programs):
        self.root = root.resolve()
        self.programs = programs
        self.pages = {}
        self.texts = {}
        self.printed = {}
        self.wrong = []
        self.links = self.names = self.quotes = 0

    def run(self):
        for path in sorted(self.root.rglob("*.md")):
            if not SKIPPED_FOLDERS & set(path.relative_to(self.root).parts):
                self.pages[path] = Page(path)
        for page in self.pages.values():
            for number, line in page.prose:
                self.check_line(page, number, line)
            for block in page.blocks:
                self.check_block(page, *block)
        return self.wrong

    def say(self, page, number, text):
        self.wrong.append(f"{page.path.relative_to(self.root)}:{number}: {text}")

    def text_of(self, path):
        if path not in self.texts:
            self.texts[path] = path.read_text(encoding="utf-8", errors="replace")
        return self.texts[path]

    def check_line(self, page, number, line):
        spans = [span.span() for span in CODE_SPAN.finditer(line)]
        for link in LINK.finditer(line):
            # "[&](int x)" inside `code` is no link; a `name` inside a link is.
            if not any(begin <= link.start() < end for begin, end in spans):
                self.check_link(page, number, link.group(1), link.group(2))
        if definition := DEFINITION.match(line):
            self.check_link(page, number, "", definition.group(1))

    def check_link(self, page, number, text, target):
        if SCHEME.match(target):
            return
        self.links += 1
        name, _, anchor = target.partition("#")
        if re.fullmatch(r"L\d+(-L?\d+)?", anchor):
            return self.say(page, number, f"{target} leads to a line number; name the function instead")
        path = self.resolve(page, number, name) if name else page.path
        if path is None:
            return None
        if anchor:
            other = self.pages.get(path)
            if other is None or anchor not in other.anchors:
                return self.say(page, number, f"{target}: there is no such heading")
        if path.is_file() and (code := re.fullmatch(r"`([^`]+)`", text.strip())):
            self.check_name(page, number, code.group(1), path)
        return None

    def resolve(self, page, number, name):
        path = (page.path.parent / name).resolve()
        if name.startswith("/") or not path.is_relative_to(self.root):
            self.say(page, number, f"{name} leads out of the repository")
        elif not path.exists():
            self.say(page, number, f"{name} does not exist")
        else:
            return path
        return None

    def check_name(self, page, number, code, path):
        self.names += 1
        if path.as_posix().endswith("/" + re.sub(r"^(\.\.?/)+", "", code)):
            return  # the file's own name
        for part in re.sub(r"\(.*\)$|<[^<>]*>", "", code).split("::"):
            if not re.search(rf"(?<!\w){re.escape(part)}(?!\w)", self.text_of(path)):
                self.say(page, number, f"`{code}`: {path.relative_to(self.root)} does not contain {part}")

    def check_block(self, page, number, kind, argument, block):
        if block is None:
            return self.say(page, number, f"no code block follows <!-- {kind}: {argument} -->")
        self.quotes += 1
        if kind == "printed by":
            return self.check_printed(page, number, argument, block)
        path = self.resolve(page, number, argument)
        if path is None:
            return None
        if kind == "file":
            if block.rstrip("\n") != self.text_of(path).rstrip("\n"):
                self.say(page, number, f"this block is not {argument}")
            return None
        return self.check_contained(page, number, block, squeezed(self.text_of(path)), argument)

    def check_contained(self, page, number, block, whole, where):
        position = 0
        for run in re.split(rf"^\s*(?://\s*)?{LEFT_OUT}\s*$", block, flags=re.MULTILINE):
            at = whole.find(squeezed(run), position)
            if at < 0:
                lines = [line.strip() for line in run.splitlines() if line.strip()]
                first = next((line for line in lines if squeezed(line) not in whole), lines[0])
                return self.say(page, number, f"not (or not in this order) in {where}: {first}")
            position = at + len(squeezed(run))
        return None

    def check_printed(self, page, number, command, block):
        words = command.split()
        if words[0] not in self.programs:
            return
        if command not in self.printed:
            done = subprocess.run([self.programs[words[0]], *words[1:]], capture_output=True, text=True, check=False,
                                  timeout=60)
            self.printed[command] = squeezed(done.stdout + done.stderr)
        self.check_contained(page, number, block, self.printed[command], f"what {command} prints")


GOOD = """# One page

[file](code.cpp), [folder](sub), [`code.cpp`](code.cpp), [`Box::open()`](code.cpp), [`Ring<4>`](code.cpp),
[heading](#one-page), [other](sub/other.md#its-heading), [web](https://example.org/#L5), `[&](int)`,
[`../sub/other.md`](sub/other.md).

```
[not a link](nowhere)
```

<!-- file: code.cpp -->
```cpp
struct Box { void open(); };
struct Ring { int a;
  int b, c; };
```

<!-- quoted: code.cpp -->
```cpp
struct Box {
    void open();
…
    int b, c; };
```
"""
CODE = "struct Box { void open(); };\nstruct Ring { int a;\n  int b, c; };\n"
BAD = {
    "a missing file": "[x](nowhere.cpp)",
    "a missing folder": "[x](nowhere/)",
    "a line number": "[x](code.cpp#L3)",
    "a range of lines": "[x](code.cpp#L3-L5)",
    "a missing heading": "[x](#nothing)",
    "a missing heading elsewhere": "[x](sub/other.md#nothing)",
    "a name that is not there": "[`close`](code.cpp)",
    "a part of a name": "[`Bo`](code.cpp)",
    "a class without that function": "[`Box::close`](code.cpp)",
    "a way out": "[x](../../etc/passwd)",
    "a definition of a missing file": "[x]: nowhere.cpp",
    "a whole file that differs": "<!-- file: code.cpp -->\n```\nstruct Box;\n```",
    "a quotation that is not there": "<!-- quoted: code.cpp -->\n```\nstruct Box { int a;\n```",
    "a quotation in the wrong order": "<!-- quoted: code.cpp -->\n```\nint b, c;\n…\nint a;\n```",
    "a quotation of a missing file": "<!-- quoted: nowhere -->\n```\nint a;\n```",
    "a mark without a block": "<!-- quoted: code.cpp -->\nprose",
    "what no program prints": "<!-- printed by: echo hello -->\n```\nhullo\n```",
}


def self_test():
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        (root / "sub").mkdir()
        (root / "sub" / "other.md").write_text("## Its heading\n", encoding="utf-8")
        (root / "code.cpp").write_text(CODE, encoding="utf-8")
        for what, text in {"a good page": GOOD, **BAD}.items():
            (root / "page.md").write_text(text, encoding="utf-8")
            wrong = Checker(root, {"echo": "echo"}).run()
            expected = 0 if text is GOOD else 1
            ok = len(wrong) == expected
            print(f"{'ok   ' if ok else 'WRONG'} {what}: {wrong}")
            failed += not ok
    return 1 if failed else 0


def main():
    arguments = sys.argv[1:]
    if arguments == ["--self-test"]:
        return self_test()
    if not arguments or len(arguments) % 2 == 0 or any(a != "--program" for a in arguments[1::2]):
        print(__doc__, file=sys.stderr)
        return 2
    checker = Checker(pathlib.Path(arguments[0]), dict(a.split("=", 1) for a in arguments[2::2]))
    wrong = checker.run()
    for line in wrong:
        print(line)
    print(f"{len(checker.pages)} pages, {checker.links} links, {checker.names} names, {checker.quotes} quotations: "
          f"{len(wrong)} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
