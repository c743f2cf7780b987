"""What a client can do to a software NIC's socket: everything that vfio-user does not allow, and what no driver does."""

from __future__ import annotations

import contextlib
import mmap
import os
import random
import struct
import unittest
from collections.abc import Iterator

from lab import frames
from lab.model import Model
from lab.plug import Plug
from lab.rude_client import (BAR0, CONFIG, DMA_MAP, DMA_UNMAP, GET_INFO, GET_IRQ_INFO, GET_REGION_INFO, HUNG_UP, NO_REPLY,
                             REGION_READ, REGION_WRITE, REGIONS, RESET, SET_IRQS, VERSION, WRITE_MULTI, RudeClient, access,
                             dma_map, message, region_info)

SEED = 82599
MEMORY, AT = 1 << 20, 0x100000  # bytes that a client grants, and where the NIC sees them
TOP = 1 << 64


class Attacks(unittest.TestCase):
    """Each talks to the socket of one NIC. What it may not do must be refused; what it may do must hurt nobody else."""

    model: Model
    plugs: dict[str, Plug]

    def client(self, nic: str, greet: bool = True) -> RudeClient:
        return RudeClient(self.model.folder / nic, greet)

    def assert_refused(self, answers: Iterator[int], what: str) -> None:
        """Each by an error reply: who knows where the next message begins can go on."""
        for number, answer in enumerate(answers):
            self.assertGreater(answer, 0, f"{what}, number {number}: {'hung up' if answer == HUNG_UP else 'taken'}")

    def wrong_sizes(self, nic: str) -> None:
        for size in (0, 1, 15, 1 << 22, 0x7FFFFFFF, 0xFFFFFFFF):
            with self.client(nic) as client:
                client.send(message(GET_INFO, size=size))
                self.assertEqual(client.answer()[0], HUNG_UP, f"a message that claims to have {size} bytes")
        with self.client(nic) as client:
            payloads = [(command, bytes(size)) for command in range(1, 16) for size in (0, 1, 3, 7, 15, 31, 33, 4096)
                        if (command, size) != (RESET, 0)]
            self.assert_refused((client.ask(*one) for one in payloads), "messages of wrong sizes")

    def unknown_commands(self, nic: str) -> None:
        with self.client(nic) as client:
            unknown = [0, 6, 11, 12, 14, *range(16, 300), 0x8000, 0xFFFF]
            self.assert_refused((client.ask(command, bytes(32)) for command in unknown), "unknown commands")
        with self.client(nic, greet=False) as client:
            self.assert_refused((client.ask(command, bytes(32)) for command in range(2, 16)), "what precedes the greeting")
            client.send(message(GET_INFO, bytes(16), flags=1))  # a reply to nothing
            self.assertEqual(client.answer()[0], HUNG_UP)

    def huge_counts(self, nic: str) -> None:
        huge, set_irqs = [(1 << 20) + 1, 0x7FFFFFFF, 0xFFFFFFFF], struct.Struct("<IIIII")  # argsz, flags, index, start, count
        messages = [
            *((REGION_READ, access(BAR0, 0, count)) for count in huge),
            *((REGION_WRITE, access(BAR0, 0, count, bytes(16))) for count in huge),
            *((WRITE_MULTI, struct.pack("<Q", count) + bytes(24)) for count in (0, 2, *huge, 1 << 63, TOP - 1)),
            *((SET_IRQS, set_irqs.pack(20, flags, index, start, count))
              for flags in (0x21, 0x22, 0x24, 0x3F, 0xFFFFFFFF) for index in (2, 4, 5, 0xFFFFFFFF)
              for start, count in ((0, 0xFFFFFFFF), (0xFFFFFFFF, 2), (0x80000000, 0x80000000))),
            *((GET_REGION_INFO, region_info(0xFFFFFFFF, index)) for index in (9, 99, 0xFFFFFFFF)),
            *((GET_IRQ_INFO, struct.pack("<IIII", 0xFFFFFFFF, 0, index, 0)) for index in (5, 0xFFFFFFFF))]
        with self.client(nic) as client:
            self.assert_refused((client.ask(*one) for one in messages), "huge counts")

    def beyond_regions(self, nic: str) -> None:
        with self.client(nic) as client:
            ends = [(region, at % TOP, count) for region in (*range(REGIONS + 2), 0xFFFFFFFF)
                    for size in [client.region_size(region)]
                    for at, count in ((size, 1), (size, 4), (size - 1, 2), (size + 0x1000, 8), (1 << 32, 4), (1 << 63, 4),
                                      (TOP - 4, 4), (TOP - 1, 8))]
            self.assert_refused((client.ask(REGION_READ, access(*one)) for one in ends), "reads beyond the end")
            self.assert_refused((client.ask(REGION_WRITE, access(*one, bytes(one[2]))) for one in ends),
                                "writes beyond the end")

    def bad_grants(self, nic: str) -> None:
        with contextlib.ExitStack() as stack, self.client(nic) as client:
            memory = os.memfd_create("memory")
            os.truncate(memory, MEMORY)
            no_memory = [os.open(f"/proc/self/fd/{memory}", os.O_RDONLY), os.open("/", os.O_RDONLY),
                         os.open("/dev/null", os.O_RDWR), *os.pipe()]
            for file in (memory, *no_memory):
                stack.callback(os.close, file)
            self.assertEqual(client.ask(DMA_MAP, dma_map(AT, MEMORY), (memory,)), 0)
            free, page = 1 << 33, 0x1000
            bad = [(dma_map(*one), (memory,)) for one in (
                (AT, MEMORY), (AT + page, page), (AT - page, 2 * page), (0, 1 << 40),  # overlap with the one before
                (free, 0), (free, 2 * page, MEMORY - page), (free, page, MEMORY), (free, page, TOP - page),  # not in the file
                (free, TOP - 1), (TOP - page, 2 * page), (TOP - 1, TOP - 1, TOP - 1),  # beyond the last address
                (free, page, 0, 0), (free, page, 0, 4), (free, page, 0, 0xFFFFFFFF))]  # neither to read nor to write; unknown
            bad += [(dma_map(free, page), (file,)) for file in (*no_memory, client.socket.fileno())]
            bad += [(dma_map(free, page), (memory, memory)), (dma_map(AT, page), ())]
            self.assert_refused((client.ask(DMA_MAP, *one) for one in bad), "grants of memory")
            bad = [struct.pack("<IIQQ", 24, *one) for one in
                   ((0, 0, 0), (0, TOP - 1, 2), (2, AT, page), (0xFFFFFFFF, AT, page))]
            self.assert_refused((client.ask(DMA_UNMAP, one) for one in bad), "ends of grants")
            client.send(message(DMA_MAP, dma_map(free, page)), (memory,) * 60)
            client.answer()

    def leaves_in_the_middle(self, nic: str) -> None:
        """After each number of bytes of several messages, with files and without."""
        with open(self.model.logs / "ringside-sim.log") as file:
            for whole in (message(VERSION, bytes(4) + b"{}\0"), message(DMA_MAP, dma_map(AT, MEMORY)),
                          message(REGION_WRITE, access(BAR0, 0, 8, bytes(8)))):
                for count in range(0, len(whole), 3):
                    with self.client(nic, greet=whole[2] != VERSION) as client:
                        client.send(whole[:count], (file.fileno(),) if count % 2 else ())
        with self.client(nic) as client:  # and one that asks, and does not listen
            client.socket.settimeout(0.5)
            with contextlib.suppress(OSError):
                while True:
                    client.socket.sendall(message(REGION_READ, access(BAR0, 0, 1 << 16)) * 64)

    def random_messages(self, nic: str, count: int = 4000) -> None:
        fuzzer = Fuzzer()
        memory = os.memfd_create("memory")
        os.truncate(memory, MEMORY)
        for _ in range(count // 40):
            with self.client(nic) as client:  # it does not read its replies
                for _ in range(40):
                    client.send(fuzzer.message(), (memory,) if fuzzer.one_in(4) else ())
        os.close(memory)

    def wild_rings(self, nic: str) -> None:
        """Descriptor rings and buffers that lie nowhere, at the end of what was granted, or beyond 2^64; tails beyond the
        ring; descriptors at random; at last, memory that is cut off while the NIC uses it."""
        chance = random.Random(SEED)
        memory = os.memfd_create("memory", os.MFD_CLOEXEC)  # without the flag that would allow the simulator to seal it
        os.write(memory, chance.randbytes(MEMORY))
        with self.client(nic) as client:
            self.assertEqual(client.ask(DMA_MAP, dma_map(AT, MEMORY), (memory,)), 0)
            client.write(4, 6, CONFIG, 2)  # memory, and master of the bus
            for base in (0, 0x5A5A5000, AT + MEMORY - 64, TOP - 0x1000, AT + 16, AT):
                for length in (0, 128, 0x80000, 0xFFFFFFFF, 0x1000):
                    self.use_rings(client, nic, chance, base, length)
            os.truncate(memory, 0)
            self.use_rings(client, nic, chance, AT, 0x1000)
        os.close(memory)

    def use_rings(self, client: RudeClient, nic: str, chance: random.Random, base: int, length: int) -> None:
        """One of each kind, as the datasheet has it, but for where they are."""
        for register, value in ((0x1014, 0x02000402), (0x5080, 0x702), (0x42A0, 0xC09C6005)):  # SRRCTL, FCTRL, AUTOC
            client.post(register, value)
        for ring, enable in ((0x1000, 0x3000), (0x6000, 0x4A80)):
            for register, value in ((ring + 0x28, 0), (ring, base), (ring + 4, base >> 32), (ring + 8, length),
                                    (ring + 0x10, 0), (enable, 1), (ring + 0x28, 1 << 25)):
                client.post(register, value)
        for tail in (8, 255, 0xFFFF, chance.getrandbits(32)):
            for register in (0x1018, 0x6018):
                client.post(register, tail)
            self.plugs[nic].send_or_lose(frames.frame(0, 0, 1000))
            client.read(8)

    def wild_registers(self, nic: str) -> None:
        """All of them, in any order, with any value; in mapped pages too, where nothing can be refused. But for the one that
        writes to the EEPROM: a card that was overwritten there is out of order, and no driver takes it."""
        chance, eewr = random.Random(SEED), 0x10018
        registers = [offset for offset in range(0, 0x20000, 4) if offset != eewr]
        chance.shuffle(registers)
        memory = os.memfd_create("memory")
        os.truncate(memory, MEMORY)
        with self.client(nic) as client:
            self.assertEqual(client.ask(DMA_MAP, dma_map(AT, MEMORY), (memory,)), 0)
            client.write(4, 6, CONFIG, 2)
            for offset in registers:
                client.post(offset, chance.choice((chance.getrandbits(32), 0xFFFFFFFF, AT, 1 << chance.randrange(32))))
            self.assertEqual(client.ask(GET_REGION_INFO, region_info(4096, BAR0)), 0)
            self.assertEqual(len(client.files), 1)
            with mmap.mmap(client.files[0], os.fstat(client.files[0]).st_size) as pages:
                for _ in range(20):
                    pages[:] = chance.randbytes(len(pages))
                    client.read(8)
            for offset in registers[:8000]:
                client.read(offset)
            self.assertEqual(client.ask(RESET), 0)
        os.close(memory)


class Fuzzer:
    """Random messages, many of them nearly right."""

    odd = [0, 1, 3, 4, 8, 0x100, 0xFFF, 0x1000, 0x80000, 1 << 20, (1 << 32) - 1, 1 << 63, TOP - 1]

    def __init__(self) -> None:
        self.chance = random.Random(SEED)

    def one_in(self, count: int) -> bool:
        return self.chance.randrange(count) == 0

    def number(self, bits: int) -> int:
        chance = self.chance
        return chance.choice((chance.choice(self.odd), chance.getrandbits(bits), chance.randrange(16))) % (1 << bits)

    def payload(self, command: int) -> bytes:
        chance, number = self.chance, self.number
        if command == DMA_MAP:
            return dma_map(number(64), number(64), number(64), chance.choice((1, 2, 3, 3, number(32))))
        if command in (REGION_READ, REGION_WRITE):
            data = bytes(chance.randrange(64)) if command == REGION_WRITE else b""
            return access(chance.choice((BAR0, CONFIG, number(32))), chance.choice((chance.randrange(0x80000), number(64))),
                          chance.choice((len(data) or 4, number(32))), data)
        words = [chance.choice((32, number(32))), *(number(32) for _ in range(7))]
        return struct.pack("<8I", *words)[:chance.choice((16, 20, 24, 32))]

    def message(self) -> bytes:
        command = self.chance.choice((*range(1, 16), self.chance.getrandbits(16)))
        flags = self.number(32) if self.one_in(50) else NO_REPLY if self.one_in(5) else 0
        data = bytearray(message(command, self.payload(command), flags))
        if self.one_in(50):
            data[self.chance.randrange(len(data))] ^= 1 << self.chance.randrange(8)
        return bytes(data[:self.chance.randrange(len(data))] if self.one_in(100) else data)
