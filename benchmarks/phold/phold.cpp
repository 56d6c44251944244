// PHOLD on std::priority_queue: the limit that event queues are compared with.
// phold <processes> <events>; the law and the generator are those of law.ts.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <queue>
#include <vector>

struct Event {
  double time;
  uint64_t order;
  int process;
};

struct Later {
  bool operator()(const Event &a, const Event &b) const {
    return a.time > b.time || (a.time == b.time && a.order > b.order);
  }
};

static double cpu_seconds() {
  timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

int main(int, char **argv) {
  const uint32_t processes = atoi(argv[1]);
  const long events = atol(argv[2]);
  std::vector<int> table(65536);
  for (int i = 0; i < 65536; i++)
    table[i] = 100000 + static_cast<int>(std::floor(-1e6 * std::log(1 - (i + 0.5) / 65536) + 0.5));
  uint32_t x = 123456789;
  auto draw = [&] {
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return x;
  };
  std::priority_queue<Event, std::vector<Event>, Later> queue;
  uint64_t order = 0;
  uint32_t sum = 0;
  for (uint32_t p = 0; p < processes; p++)
    queue.push({double(table[draw() >> 16]), order++, int(p)});
  auto run = [&](long count) {
    for (long i = 0; i < count; i++) {
      const Event event = queue.top();
      queue.pop();
      sum = sum * 31 + event.process;
      const int to = static_cast<int>((uint64_t(draw()) * processes) >> 32);
      queue.push({event.time + table[draw() >> 16], order++, to});
    }
  };
  run(300000);
  const double from = cpu_seconds();
  run(events);
  printf("{\"events\":%ld,\"seconds\":%.6f,\"hash\":\"%x\"}\n", events, cpu_seconds() - from, sum);
}
