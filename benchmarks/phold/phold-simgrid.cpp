// PHOLD on SimGrid actors with mailboxes: phold-simgrid <processes> <events>.
// An actor waits for a delay of the law (law.ts), puts a message into the mailbox of an actor drawn
// evenly and takes one from its own. All share one link that never slows down: the cheapest network.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <simgrid/s4u.hpp>
#include <vector>

namespace sg = simgrid::s4u;

static double cpu_seconds() {
  timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static uint32_t x = 123456789;
static uint32_t draw() {
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  return x;
}

static long count = 0;
static long warmup;
static long last;
static double from;
static std::vector<sg::Mailbox *> boxes;
static std::vector<double> table(65536);

static void tick() {
  count++;
  if (count == warmup)
    from = cpu_seconds();
  if (count == last) {
    const double seconds = cpu_seconds() - from;
    printf("{\"events\":%ld,\"seconds\":%.6f,\"hash\":\"%.6f\"}\n", last - warmup, seconds,
           sg::Engine::get_clock());
    fflush(stdout);
    // Ending a hundred thousand actors in order would take longer than the run.
    _Exit(0);
  }
}

static void actor(uint32_t me) {
  static int token = 0;
  while (true) {
    sg::this_actor::sleep_for(table[draw() >> 16]);
    boxes[(uint64_t(draw()) * boxes.size()) >> 32]->put_init(&token, 1)->detach();
    boxes[me]->get<int>();
    tick();
  }
}

int main(int argc, char **argv) {
  sg::Engine engine(&argc, argv);
  const uint32_t processes = atoi(argv[1]);
  const long events = atol(argv[2]);
  warmup = std::max(1L, std::min(events / 5, 100000L));
  last = warmup + events;
  for (int i = 0; i < 65536; i++)
    table[i] = 0.1 - std::log(1 - (i + 0.5) / 65536);
  auto *zone = sg::create_full_zone("zone");
  auto *host = zone->create_host("host", 1e9)->seal();
  auto *link = zone->create_link("link", 1e12);
  link->set_latency(1e-6)->set_sharing_policy(sg::Link::SharingPolicy::FATPIPE)->seal();
  zone->add_route(host->get_netpoint(), host->get_netpoint(), nullptr, nullptr,
                  {sg::LinkInRoute(link)}, false);
  zone->seal();
  for (uint32_t p = 0; p < processes; p++)
    boxes.push_back(sg::Mailbox::by_name("m" + std::to_string(p)));
  for (uint32_t p = 0; p < processes; p++)
    sg::Actor::create("a" + std::to_string(p), host, actor, p);
  engine.run();
}
