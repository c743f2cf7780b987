"""The tests, by virtual machine."""
