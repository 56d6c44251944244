"""PHOLD on SimPy 3: phold-simpy.py <processes> <events> timeouts|stores; the law is law.ts's.

timeouts: a Timeout with a callback per event, SimPy's cheapest event.
stores:   a process with a Store as mailbox per logical process, the counterpart of an actor.
"""
import math
import sys
import time

import simpy

TABLE = [
    100000 + math.floor(-1e6 * math.log(1 - (i + 0.5) / 65536) + 0.5) for i in range(65536)
]
state = 123456789


def draw():
    global state
    x = state
    x ^= (x << 13) & 0xFFFFFFFF
    x ^= x >> 17
    x ^= (x << 5) & 0xFFFFFFFF
    state = x
    return x


class Meter:
    """Counts events; processor time from the warmed-up first to the last."""

    def __init__(self, env, warmup, events):
        self.warmup, self.last = warmup, warmup + events
        self.count, self.start, self.done = 0, 0.0, env.event()

    def tick(self):
        self.count += 1
        if self.count == self.warmup:
            self.start = time.process_time()
        elif self.count == self.last:
            self.done.succeed()


def timeouts(env, meter, processes):
    def schedule():
        to = (draw() * processes) >> 32
        env.timeout(TABLE[draw() >> 16], to).callbacks.append(arrive)

    def arrive(_event):
        meter.tick()
        schedule()

    for _ in range(processes):
        schedule()


def stores(env, meter, processes):
    boxes = [simpy.Store(env) for _ in range(processes)]

    def actor(box):
        while True:
            yield env.timeout(TABLE[draw() >> 16])
            boxes[(draw() * processes) >> 32].put(1)
            yield box.get()
            meter.tick()

    for box in boxes:
        env.process(actor(box))


def main():
    processes, events, mode = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    env = simpy.Environment()
    meter = Meter(env, max(1, min(events // 5, 100000)), events)
    {"timeouts": timeouts, "stores": stores}[mode](env, meter, processes)
    env.run(until=meter.done)
    seconds = time.process_time() - meter.start
    print('{"events":%d,"seconds":%.6f,"hash":"%d"}' % (events, seconds, env.now))


main()
