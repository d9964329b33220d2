"""Which memory two threads that answer requests both touch: from a trace of every access."""

import collections
import json
import os
import pathlib
import subprocess
import tempfile

LINE_BITS = 6  # A cache line is 64 bytes.
MAP = {"I": None, "L": "read", "S": "written", "M": "written"}


def trace(program, option):
    """Runs bench_contention under valgrind's lackey. Returns {"requests": of each thread, "lines":
    cache lines that a thread writes in its requests, "shared": those that the other one touches in
    its own and that are written to in every tenth request or more, "seldom": those that are written
    to less, "writers": where the code is that writes those of either kind}."""
    with tempfile.TemporaryDirectory() as directory:
        said = pathlib.Path(directory) / "stdout"
        reader, writer = os.pipe()
        with open(said, "wb") as stdout:
            process = subprocess.Popen(
                ["valgrind", "--tool=lackey", "--trace-mem=yes", f"--log-fd={writer}", program,
                 option], stdout=stdout, pass_fds=(writer,))
        os.close(writer)
        try:
            with os.fdopen(reader, "rb", 1 << 20) as lines:
                result = read(lines, said, pathlib.Path(f"/proc/{process.pid}/maps"))
        finally:
            process.kill()
            process.wait()
        return result


def read(lines, said, maps):
    """Reads a trace. `said`: the file in which the program tells where its mark is; it does so
    before anything that matters is in the trace. `maps`: what memory it has."""
    touched = {1: collections.defaultdict(set), 2: collections.defaultdict(set)}
    writers = collections.defaultdict(collections.Counter)
    mark, requests, window, code, places = None, 0, 0, b"", ""
    windows = iter((1, 0, 2, 0))
    for number, line in enumerate(lines):
        if mark is None:
            if number % 1000 == 0 and said.stat().st_size > 0:
                told = json.loads(said.read_text(encoding="ascii"))
                mark, requests = b"%x" % told["mark"], told["requests"]
            continue
        if line[:1] == b"I":
            code = line
            continue
        if line[:1] != b" ":
            continue
        address = line[3:line.index(b",")].lstrip(b"0")
        if address == mark:
            window = next(windows, 0)
            places = maps.read_text(encoding="utf-8")
        elif window:
            cache_line = int(address, 16) >> LINE_BITS
            kind = MAP[chr(line[1])]
            touched[window][kind].add(cache_line)
            if kind == "written":
                writers[cache_line][int(code[3:code.index(b",")], 16)] += 1
    if next(windows, None) is not None:
        raise RuntimeError("the trace is not complete")
    return summarize(touched, writers, requests, places)


def summarize(touched, writers, requests, places):
    one, other = touched[1], touched[2]
    shared = (one["written"] & (other["written"] | other["read"])) | (
        other["written"] & (one["written"] | one["read"]))
    often = {line for line in shared if max(writers[line].values()) >= requests / 10}
    return {"requests": requests, "lines": max(len(one["written"]), len(other["written"])),
            "shared": len(often), "seldom": len(shared - often),
            "writers": sorted({place(code, places) for line in shared for code in writers[line]})}


def place(code, places):
    """"libc.so.6+0x81234": a file and an offset into it, as addr2line wants it."""
    for row in places.splitlines():
        fields = row.split()
        begin, end = (int(bound, 16) for bound in fields[0].split("-"))
        if begin <= code < end and len(fields) > 5:
            return f"{pathlib.Path(fields[5]).name}+{code - begin + int(fields[2], 16):#x}"
    return f"{code:#x}"
