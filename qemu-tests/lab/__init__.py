"""What the QEMU tests stand on: packages, kernel modules, initramfs, virtual machines and what one does with them."""


class LabError(Exception):
    """A sentence for the user: what was tried, why it failed, what to do next."""
