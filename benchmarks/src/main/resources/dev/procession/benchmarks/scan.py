# For each line of input: one look for that text in the command lines, and a line with its nanoseconds and how often it was
# found.
import sys
import time

import psutil

for line in sys.stdin:
    text = line.rstrip("\n")
    start = time.monotonic_ns()
    found = 0
    for process in psutil.process_iter(["cmdline"]):
        found += text in " ".join(process.info["cmdline"] or [])
    print(time.monotonic_ns() - start, found, flush=True)
