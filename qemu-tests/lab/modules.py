"""iommufd and vfio with character devices, built for a packaged kernel.

Debian's kernels come without iommufd. The five modules that it takes are built from the same kernel's source against
its packaged headers; nothing else of the kernel changes: no structure it shares with these modules depends on the two
options.
"""

from __future__ import annotations

import os
import pathlib
import re
import shutil

from .packages import run

OPTIONS = ["-DCONFIG_IOMMUFD_MODULE=1", "-DCONFIG_VFIO_DEVICE_CDEV=1", "-DCONFIG_VFIO_NOIOMMU=1"]
SOURCES = ["drivers/vfio/*", "drivers/iommu/iommufd/*", "drivers/iommu/iommu-priv.h", "lib/interval_tree.c"]

IOMMUFD = """
ccflags-y := -I$(src) {options} -DCONFIG_INTERVAL_TREE_SPAN_ITER=1
iommufd-y := device.o fault.o hw_pagetable.o io_pagetable.o ioas.o main.o pages.o vfio_compat.o span_iter.o
obj-m += iommufd.o
"""
VFIO = """
ccflags-y := -I$(src) {options}
vfio-y := vfio_main.o device_cdev.o group.o iommufd.o container.o virqfd.o
obj-m += vfio.o vfio_iommu_type1.o pci/
"""
VFIO_PCI = """
ccflags-y := -I$(src) {options}
vfio-pci-core-y := vfio_pci_core.o vfio_pci_intrs.o vfio_pci_rdwr.o vfio_pci_config.o
vfio-pci-y := vfio_pci.o vfio_pci_igd.o
obj-m += vfio-pci-core.o vfio-pci.o
"""


def build(source: pathlib.Path, headers: pathlib.Path, version: str, folder: pathlib.Path) -> None:
    """Puts the modules into `folder`. `source`: the unpacked SOURCES; `headers`: a folder that stands for / and has
    the packages linux-headers and linux-kbuild in it; `version`: the kernel's, as uname -r says it."""
    work = folder / "work"
    iommufd, vfio = work / "iommufd", work / "vfio"
    shutil.copytree(source / "drivers/iommu/iommufd", iommufd)
    shutil.copytree(source / "drivers/vfio", vfio)
    shutil.copy(source / "drivers/iommu/iommu-priv.h", work)
    (iommufd / "span_iter.c").write_text(span_iterator((source / "lib/interval_tree.c").read_text()))
    for place, text in ((work, "obj-m += iommufd/ vfio/\n"), (iommufd, IOMMUFD), (vfio, VFIO), (vfio / "pci", VFIO_PCI)):
        for old in ("Makefile", "Kbuild"):
            (place / old).unlink(missing_ok=True)
        (place / "Kbuild").write_text(text.format(options=" ".join(OPTIONS)))
    tree = headers / f"usr/src/linux-headers-{version}"
    common = headers / f"usr/src/linux-headers-{version.rsplit('-', 1)[0]}-common"
    for makefile in (tree / "Makefile", common / "Makefile"):
        text = makefile.read_text()
        if str(headers) not in text:
            makefile.write_text(text.replace("/usr/src", str(headers / "usr/src")))
    run(["make", "-s", "-C", tree, f"M={work}", f"-j{os.cpu_count()}", "CC=gcc", "CONFIG_DEBUG_INFO_BTF_MODULES=",
         "modules"], "build the vfio and iommufd modules")
    for module in work.rglob("*.ko"):
        run(["strip", "--strip-debug", "-o", folder / module.name, module], f"strip {module.name}")
    shutil.rmtree(work)


def span_iterator(interval_tree: str) -> str:
    """The part of the kernel's interval tree that iommufd needs and a kernel without it does not have."""
    part = interval_tree[interval_tree.index("#ifdef CONFIG_INTERVAL_TREE_SPAN_ITER"):]
    part = re.sub(r"^EXPORT_SYMBOL_GPL.*$", "", part, flags=re.MULTILINE)
    return "#include <linux/interval_tree.h>\n#include <linux/compiler.h>\n" + part
