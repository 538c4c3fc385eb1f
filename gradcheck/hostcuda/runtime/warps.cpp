// Warp functions: a lane leaves its request and waits; when every lane named in its mask has come, all are answered.
#include "runtime.h"
#include <string.h>

namespace {

int lane_of(const Thread& thread) { return thread.number % threads_per_block % WARP; }

[[noreturn]] void stop_at_line(FaultKind kind, int line, int64_t a) {
  fault.line = line;
  fault.a = a;
  stop(kind);
}

void request(WarpOperation operation, unsigned mask, int line) {
  if (!(mask >> lane_of(*current) & 1)) stop_at_line(WARP_MASK, line, mask);
  current->operation = operation;
  current->mask = mask;
  wait(AT_WARP, line);
}

void answer(Thread& asking, Thread* lanes, unsigned count, unsigned present) {
  asking.result = 0;
  for (unsigned k = 0; k < count; ++k)
    if (present >> k & 1 && lanes[k].predicate) asking.result |= 1u << k;
  if (asking.operation != SHUFFLE) return;
  if (!(present >> asking.source & 1)) {
    current = &asking;
    stop_at_line(WARP_SOURCE, asking.line, asking.source);
  }
  memcpy(asking.received, lanes[asking.source].value, sizeof asking.received);
}

void order_lanes(Thread* lanes, unsigned count, unsigned present) {         // what one of them saw, all have seen
  uint32_t joined[WARP] = {};
  ++now;
  for (unsigned k = 0; k < count; ++k)
    for (unsigned lane = 0; lane < WARP; ++lane)
      if (present >> k & 1 && joined[lane] < lanes[k].seen[lane]) joined[lane] = lanes[k].seen[lane];
  for (unsigned k = 0; k < count; ++k)
    if (present >> k & 1) joined[k] = now;
  for (unsigned k = 0; k < count; ++k)
    if (present >> k & 1) memcpy(lanes[k].seen, joined, sizeof joined);
}

// The lanes that this one waits for and that have not returned; 0 while one of them is elsewhere.
unsigned gathered(const Thread& waiting, const Thread* lanes, unsigned count) {
  unsigned present = 0;
  for (unsigned k = 0; k < count; ++k) {
    if (!(waiting.mask >> k & 1) || lanes[k].state == DONE) continue;
    if (lanes[k].state != AT_WARP || lanes[k].mask != waiting.mask || lanes[k].line != waiting.line) return 0;
    present |= 1u << k;
  }
  return present;
}

}  // namespace

void release_warp(Thread* lanes, unsigned count) {
  for (unsigned first = 0; first < count; ++first) {
    unsigned present = lanes[first].state == AT_WARP ? gathered(lanes[first], lanes, count) : 0;
    if (!present) continue;
    for (unsigned k = 0; k < count; ++k)
      if (present >> k & 1) answer(lanes[k], lanes, count, present);
    if (lanes[first].operation == SYNCWARP) order_lanes(lanes, count, present);  // the others order no memory
    for (unsigned k = 0; k < count; ++k)
      if (present >> k & 1) lanes[k].state = READY;
  }
}

// ---- called from hostcuda.h ---------------------------------------------------------------------------------------

extern "C" int hostcuda_lane() { return lane_of(*current); }

extern "C" void hostcuda_syncwarp(unsigned mask, int line) { request(SYNCWARP, mask, line); }

extern "C" unsigned hostcuda_ballot(unsigned mask, int predicate, int line) {
  current->predicate = predicate != 0;
  request(VOTE, mask, line);
  return current->result;
}

extern "C" void hostcuda_shuffle(unsigned mask, void* value, unsigned bytes, int source, int line) {
  current->source = source;
  memcpy(current->value, value, bytes);
  request(SHUFFLE, mask, line);
  memcpy(value, current->received, bytes);
}

extern "C" void hostcuda_width_fault(int width, int line) { stop_at_line(WARP_WIDTH, line, width); }
