#include "integer/arena.h"

#include <algorithm>

#include "base/random.h"
#include "catch.h"

using namespace espalier;
using namespace espalier::integer;

namespace {

Program random_graph(std::uint64_t index) {
  Random random(21, "graph", index);
  Program program;
  const auto activation = [&](std::int64_t size) {
    program.activations.push_back({"a", {1, 1, size}, 1, 0});
    return static_cast<Id>(program.activations.size() - 1);
  };
  activation(1 + random.below(400));
  const std::uint32_t length = 1 + random.below(12);
  for (std::uint32_t i = 0; i < length; ++i) {
    const Id from = static_cast<Id>(random.below(static_cast<std::uint32_t>(program.activations.size())));
    const std::int64_t size = program.activations[static_cast<std::size_t>(from)].shape[2];
    const Id other = static_cast<Id>(random.below(static_cast<std::uint32_t>(program.activations.size())));
    const bool equal = program.activations[static_cast<std::size_t>(other)].shape[2] == size;
    switch (random.below(6)) {
      case 0:
        program.instructions.push_back(Reshape{from, activation(size)});
        break;
      case 1:
        program.instructions.push_back(Add{from, equal ? other : from, activation(size)});
        break;
      case 2:
        program.instructions.push_back(Requantize{from, activation(size)});
        break;
      case 3:
        program.instructions.push_back(DepthwiseConv2d{from, activation(size)});
        break;
      case 4:
        program.instructions.push_back(Conv2d{from, activation(random.below(2) ? size : 1 + random.below(400))});
        break;
      default:
        program.instructions.push_back(Pad{from, activation(1 + random.below(400))});
        break;
    }
  }
  program.output = static_cast<Id>(program.activations.size() - 1);
  return program;
}

/// Plays the program in the plan: which activation's bytes does each place hold? A value must be whole whenever it is
/// read, also after the reader's scratch memory was written.
bool values_survive(const Program& program, const ArenaPlan& plan, const std::vector<std::int64_t>& scratch_bytes) {
  constexpr Id nothing = -1, scratch = -2;
  bool scratch_is_apart = true;
  std::vector<Id> holds(static_cast<std::size_t>(plan.bytes), nothing);
  std::vector<Id> value(program.activations.size());  // Reshape passes its input's value on
  const auto each = [&](Id id, auto visit) {
    const auto index = static_cast<std::size_t>(id);
    for (std::int64_t i = 0; i < elements(program.activations[index].shape); ++i)
      visit(holds[static_cast<std::size_t>(plan.offsets[index] + i)]);
  };
  const auto write = [&](Id id, Id as) {
    value[static_cast<std::size_t>(id)] = as;
    each(id, [&](Id& place) { place = as; });
  };
  const auto whole = [&](Id id) {
    bool all = true;
    each(id, [&](Id place) { all = all && place == value[static_cast<std::size_t>(id)]; });
    return all;
  };
  write(program.input, program.input);
  for (std::size_t i = 0; i < program.instructions.size(); ++i) {
    const Instruction& instruction = program.instructions[i];
    for (std::int64_t b = 0; b < scratch_bytes[i]; ++b) holds[static_cast<std::size_t>(plan.scratch[i] + b)] = scratch;
    for (const Id id : inputs_of(instruction))
      if (!whole(id)) return false;
    const Id output = output_of(instruction);
    const bool view = std::holds_alternative<Reshape>(instruction);
    each(output, [&](Id place) { scratch_is_apart = scratch_is_apart && place != scratch; });
    write(output, view ? value[static_cast<std::size_t>(inputs_of(instruction)[0])] : output);
    std::replace(holds.begin(), holds.end(), scratch, nothing);
  }
  return scratch_is_apart && whole(program.output);
}

/// The least height over every assignment of multiples of 16 up to `limit`.
std::int64_t optimum(const std::vector<Buffer>& buffers, std::vector<std::int64_t>& offsets, std::int64_t limit) {
  const std::size_t next = offsets.size();
  if (next == buffers.size()) {
    std::int64_t top = 0;
    for (std::size_t i = 0; i < next; ++i) top = std::max(top, offsets[i] + buffers[i].bytes);
    return top;
  }
  std::int64_t best = limit;
  for (std::int64_t offset = 0; offset + buffers[next].bytes <= limit; offset += arena_alignment) {
    bool free = true;
    for (std::size_t i = 0; i < next; ++i)
      free = free && !(buffers[i].first <= buffers[next].last && buffers[next].first <= buffers[i].last &&
                       offset < offsets[i] + buffers[i].bytes && offsets[i] < offset + buffers[next].bytes);
    if (!free) continue;
    offsets.push_back(offset);
    best = std::min(best, optimum(buffers, offsets, limit));
    offsets.pop_back();
  }
  return best;
}

}  // namespace

TEST_CASE("no value is overwritten before its last reader, on 1,000 random graphs") {
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const Program program = random_graph(i);
    const ArenaPlan plan = plan_arena(program);
    std::vector<std::int64_t> scratch;
    for (const Instruction& instruction : program.instructions) scratch.push_back(scratch_bytes(program, instruction));
    REQUIRE(values_survive(program, plan, scratch));
    REQUIRE(plan.bytes >= plan.peak_bytes);
    for (const std::int64_t offset : plan.offsets) REQUIRE(offset % arena_alignment == 0);
  }
}

TEST_CASE("small plans are optimal by brute force") {
  for (std::uint64_t i = 0; i < 60; ++i) {
    Random random(22, "buffers", i);
    std::vector<Buffer> buffers;
    std::int64_t sum = 0;
    for (int b = 0; b < 5; ++b) {
      const auto first = static_cast<std::int32_t>(random.below(5));
      buffers.push_back({16 * (1 + static_cast<std::int64_t>(random.below(4))), first,
                         first + static_cast<std::int32_t>(random.below(3))});
      sum += buffers.back().bytes;
    }
    const std::vector<std::int64_t> placed = place(buffers);
    std::int64_t top = 0;
    for (std::size_t b = 0; b < buffers.size(); ++b) top = std::max(top, placed[b] + buffers[b].bytes);
    std::vector<std::int64_t> offsets;
    REQUIRE(top == optimum(buffers, offsets, sum));
  }
}

TEST_CASE("what is alive during each instruction is told, and its greatest is the bound") {
  for (std::uint64_t i = 0; i < 200; ++i) {
    const Program program = random_graph(i);
    const ArenaPlan plan = plan_arena(program);
    REQUIRE(plan.alive.size() == program.instructions.size());
    REQUIRE(*std::max_element(plan.alive.begin(), plan.alive.end()) == plan.peak_bytes);
    REQUIRE(plan.alive[plan.peak_instruction] == plan.peak_bytes);
  }
}

TEST_CASE("sharing bytes never costs any: no plan exceeds the one that is greedy by size without it") {
  // TFLite Micro's own planner, on activations that share nothing.
  const auto plain = [](const Program& program) {
    const auto end = static_cast<std::int32_t>(program.instructions.size());
    std::vector<Buffer> buffers(program.activations.size());
    for (std::size_t i = 0; i < buffers.size(); ++i)
      buffers[i].bytes = (elements(program.activations[i].shape) + 15) / 16 * 16;
    for (std::int32_t i = 0; i < end; ++i) {
      const auto& instruction = program.instructions[static_cast<std::size_t>(i)];
      for (const Id id : inputs_of(instruction)) buffers[static_cast<std::size_t>(id)].last = i;
      auto& made = buffers[static_cast<std::size_t>(output_of(instruction))];
      made.first = made.last = i;
    }
    buffers[static_cast<std::size_t>(program.output)].last = end;
    const auto offsets = place(buffers);
    std::int64_t top = 0;
    for (std::size_t i = 0; i < buffers.size(); ++i) top = std::max(top, offsets[i] + buffers[i].bytes);
    return top;
  };
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const Program program = random_graph(i);
    REQUIRE(plan_arena(program, {}).bytes <= plain(program));
  }
}

TEST_CASE("reshape and additions onto a dying input take no bytes of their own") {
  Program program;
  for (int i = 0; i < 4; ++i) program.activations.push_back({"a", {2, 2, 8}, 1, 0});
  program.instructions = {Requantize{0, 1}, Add{0, 1, 2}, Reshape{2, 3}};
  program.output = 3;
  CHECK(plan_arena(program).bytes == 64);
  program.instructions = {Requantize{0, 1}, Add{1, 1, 2}, Add{0, 2, 3}};  // 0 must outlive 1
  CHECK(plan_arena(program).bytes == 64);
  program.instructions = {Requantize{0, 1}, Requantize{1, 2}, Reshape{2, 3}};
  CHECK(plan_arena(program).bytes == 32);
  program.instructions = {Requantize{0, 1}, Mul{1, 1, 2}, Reshape{2, 3}};
  CHECK(plan_arena(program).bytes == 32);
}

TEST_CASE("depthwise and pointwise convolutions of equal size take no bytes but their scratch memory") {
  Program program;
  for (int i = 0; i < 4; ++i) program.activations.push_back({"a", {5, 4, 8}, 1, 0});
  program.activations[3].shape = {5, 4, 2};
  const Window three{3, 3, 1, 1, 1, 1, 1, 1};
  program.instructions = {DepthwiseConv2d{0, 1, three}, Conv2d{1, 2}, Conv2d{2, 3}};
  program.output = 3;
  // A channel's plane, read four elements at a time, and its weights; four pairs of pixels in int16.
  CHECK(scratch_bytes(program, program.instructions[0]) == 7 * 7 + 3 * 4 * 2);
  CHECK(scratch_bytes(program, program.instructions[1]) == 8 * 2 * 8 * 2);
  CHECK(plan_arena(program).bytes == 160 + 48 + 256);  // the last one reads 160 and writes 40
  CHECK(plan_arena(program, {}).bytes == 160 + 48);
  CHECK(plan_arena(program, {}, Sharing::elementwise).bytes == 160 + 160);
  program.instructions = {DepthwiseConv2d{0, 1, three}, Conv2d{0, 2}, Add{1, 2, 3}};  // 0 must outlive 1
  program.activations[3].shape = {5, 4, 8};
  CHECK(plan_arena(program, {}).bytes == 160 + 160);
}

TEST_CASE("a convolution of equal shape writes over its input where the rows that it keeps are fewer bytes") {
  Program program;
  for (int i = 0; i < 2; ++i) program.activations.push_back({"a", {16, 4, 8}, 1, 0});
  program.output = 1;
  program.instructions = {Conv2d{0, 1, {3, 3, 1, 1, 1, 1, 1, 1}}};
  const std::int64_t scratch = 2 * 72 * 2 + 72, rows = 3 * 4 * 8;
  CHECK(scratch_bytes(program, program.instructions[0]) == scratch);
  CHECK(plan_arena(program).bytes == 512 + (scratch + rows + 15) / 16 * 16);
  CHECK(plan_arena(program, {}, Sharing::elementwise).bytes == 512 + 512);
  program.instructions = {Conv2d{0, 1, {9, 1, 1, 1, 4, 4, 0, 0}}};  // keeps more than half
  CHECK(plan_arena(program, {}).bytes == 512 + 512);
}
