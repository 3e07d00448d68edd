#include "integer/arena.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "integer/kernel_arguments.h"

namespace espalier::integer {
namespace {

using Offsets = std::vector<std::int64_t>;
constexpr std::int64_t unplaced = -1;
constexpr std::size_t most_searched = 9;
constexpr auto unused = std::numeric_limits<std::size_t>::max();

bool alive_together(const Buffer& a, const Buffer& b) { return a.first <= b.last && b.first <= a.last; }

/// The lowest offset at which buffer `index` overlaps no placed buffer that is alive with it.
std::int64_t first_fit(const std::vector<Buffer>& buffers, const Offsets& offsets, std::size_t index) {
  std::vector<std::size_t> others;
  for (std::size_t i = 0; i < buffers.size(); ++i)
    if (offsets[i] != unplaced && alive_together(buffers[i], buffers[index])) others.push_back(i);
  std::sort(others.begin(), others.end(), [&](std::size_t a, std::size_t b) { return offsets[a] < offsets[b]; });
  std::int64_t candidate = 0;
  for (const std::size_t other : others) {
    if (offsets[other] - candidate >= buffers[index].bytes) break;
    candidate = std::max(candidate, offsets[other] + buffers[other].bytes);
  }
  return candidate;
}

std::int64_t height(const std::vector<Buffer>& buffers, const Offsets& offsets) {
  std::int64_t top = 0;
  for (std::size_t i = 0; i < buffers.size(); ++i) top = std::max(top, offsets[i] + buffers[i].bytes);
  return top;
}

/// Placed by first fit in descending order of what `rank` gives.
template <class Rank>
Offsets greedy(const std::vector<Buffer>& buffers, const Rank& rank) {
  std::vector<std::size_t> order(buffers.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return rank(buffers[a]) > rank(buffers[b]); });
  Offsets offsets(buffers.size(), unplaced);
  for (const std::size_t index : order) offsets[index] = first_fit(buffers, offsets, index);
  return offsets;
}

/// By size first, as TFLite Micro: where another order is no better, offsets are those that it would choose.
Offsets best_greedy(const std::vector<Buffer>& buffers) {
  const auto lifetime = [](const Buffer& buffer) { return std::int64_t{buffer.last} - buffer.first + 1; };
  Offsets best = greedy(buffers, [](const Buffer& buffer) { return buffer.bytes; });
  for (Offsets& other : std::vector<Offsets>{greedy(buffers, [&](const Buffer& b) { return b.bytes * lifetime(b); }),
                                             greedy(buffers, lifetime),
                                             greedy(buffers, [](const Buffer& b) { return -std::int64_t{b.first}; })})
    if (height(buffers, other) < height(buffers, best)) best = std::move(other);
  return best;
}

std::int64_t alive_during(const std::vector<Buffer>& buffers, std::int32_t instruction) {
  std::int64_t sum = 0;
  for (const Buffer& buffer : buffers)
    if (buffer.first <= instruction && instruction <= buffer.last) sum += buffer.bytes;
  return sum;
}

std::int64_t lower_bound(const std::vector<Buffer>& buffers) {
  std::int64_t most = 0;
  for (const Buffer& buffer : buffers) most = std::max(most, alive_during(buffers, buffer.first));
  return most;
}

/// Depth first over the orders in which buffers can be placed by first fit. An optimal packing, taken from the bottom
/// up, is such an order: each buffer then lands at or below its place in the packing.
class Search {
 public:
  Search(const std::vector<Buffer>& buffers, Offsets best)
      : buffers_(buffers), best_(std::move(best)), best_height_(height(buffers, best_)), bound_(lower_bound(buffers)) {}

  Offsets run() {
    Offsets offsets(buffers_.size(), unplaced);
    if (buffers_.size() <= most_searched) descend(offsets, 0, 0);
    return best_;
  }

 private:
  void descend(Offsets& offsets, std::size_t placed, std::int64_t top) {
    if (best_height_ == bound_ || top >= best_height_) return;
    if (placed == buffers_.size()) {
      best_ = offsets;
      best_height_ = top;
      return;
    }
    for (std::size_t i = 0; i < buffers_.size(); ++i) {
      if (offsets[i] != unplaced) continue;
      offsets[i] = first_fit(buffers_, offsets, i);
      descend(offsets, placed + 1, std::max(top, offsets[i] + buffers_[i].bytes));
      offsets[i] = unplaced;
    }
  }

  const std::vector<Buffer>& buffers_;
  Offsets best_;
  std::int64_t best_height_, bound_;
};

std::int64_t aligned(std::int64_t bytes) { return (bytes + arena_alignment - 1) / arena_alignment * arena_alignment; }

const Activation& get(const Program& program, Id id) { return program.activations[static_cast<std::size_t>(id)]; }

std::size_t buffer_of(const Lifetimes& lifetimes, Id id) { return lifetimes.buffer_of[static_cast<std::size_t>(id)]; }

/// Scratch memory that a kernel wants more where it writes over its input.
std::int64_t in_place_bytes(const Program& program, const Instruction& instruction) {
  const auto* conv = std::get_if<Conv2d>(&instruction);
  return conv ? espalier_conv2d_s8_in_place_scratch(shape_of(get(program, conv->input)), window_of(conv->window)) : 0;
}

/// Whether the kernel may write over its input: what comes out early must not lie where what is read late does. Of
/// equal size only, since a smaller output would keep its input's bytes from others.
bool in_place(const Program& program, const DepthwiseConv2d& conv) {
  const espalier_shape input = shape_of(get(program, conv.input)), output = shape_of(get(program, conv.output));
  return input.height == output.height && input.width == output.width;
}
/// And only where the rows that it then keeps are fewer bytes than the output.
bool in_place(const Program& program, const Conv2d& conv) {
  const Shape& shape = get(program, conv.input).shape;
  return shape == get(program, conv.output).shape && 2 * in_place_bytes(program, conv) <= elements(shape);
}

}  // namespace

std::vector<Id> overwritable(const Program& program, const Instruction& instruction, Sharing sharing) {
  if (sharing == Sharing::views) return {};
  const auto window = [&](const auto& conv) {
    return sharing == Sharing::windows && in_place(program, conv) ? std::vector<Id>{conv.input} : std::vector<Id>{};
  };
  return std::visit(Overloaded{[&](const Conv2d& conv) { return window(conv); },
                               [&](const DepthwiseConv2d& conv) { return window(conv); },
                               [](const Add& add) {
                                 return std::vector<Id>{add.left, add.right};
                               },
                               [](const Mul& mul) { return std::vector<Id>{mul.left}; },
                               [](const Softmax& softmax) { return std::vector<Id>{softmax.input}; },
                               [](const Logistic& logistic) { return std::vector<Id>{logistic.input}; },
                               [](const HardSwish& swish) { return std::vector<Id>{swish.input}; },
                               [](const Requantize& requantize) { return std::vector<Id>{requantize.input}; },
                               [](const auto&) { return std::vector<Id>{}; }},
                    instruction);
}

std::int64_t scratch_bytes(const Program& program, const Instruction& instruction) {
  if (const auto* conv = std::get_if<Conv2d>(&instruction))
    return espalier_conv2d_s8_scratch(shape_of(get(program, conv->input)), window_of(conv->window));
  if (const auto* conv = std::get_if<DepthwiseConv2d>(&instruction))
    return espalier_depthwise_conv2d_s8_scratch(window_of(conv->window), shape_of(get(program, conv->output)));
  return 0;
}

Lifetimes lifetimes_of(const Program& program, Sharing sharing, const std::vector<bool>& elsewhere) {
  const std::size_t count = program.activations.size();
  const auto end = static_cast<std::int32_t>(program.instructions.size());
  std::vector<Buffer> own(count);
  for (std::size_t i = 0; i < count; ++i) own[i].bytes = aligned(elements(program.activations[i].shape));
  for (std::int32_t i = 0; i < end; ++i) {
    const Instruction& instruction = program.instructions[static_cast<std::size_t>(i)];
    for (const Id id : inputs_of(instruction)) own[static_cast<std::size_t>(id)].last = i;
    own[static_cast<std::size_t>(output_of(instruction))] = {
        own[static_cast<std::size_t>(output_of(instruction))].bytes, i, i};
  }
  own[static_cast<std::size_t>(program.output)].last = end;

  std::vector<std::size_t> group(count);
  std::iota(group.begin(), group.end(), std::size_t{0});
  const auto join = [&](Id from, Id into) {
    Buffer& buffer = own[group[static_cast<std::size_t>(into)]];
    buffer.last = std::max(buffer.last, own[static_cast<std::size_t>(from)].last);
    group[static_cast<std::size_t>(from)] = group[static_cast<std::size_t>(into)];
  };
  // A group's bytes stay until its last reader, so whether an input dies here is asked of its group. Reshapes first: a
  // view that lives on keeps its group alive.
  for (const Instruction& instruction : program.instructions)
    if (const auto* reshape = std::get_if<Reshape>(&instruction)) join(reshape->output, reshape->input);
  for (std::int32_t i = 0; i < end; ++i) {
    const Instruction& instruction = program.instructions[static_cast<std::size_t>(i)];
    if (!elsewhere.empty() && elsewhere[static_cast<std::size_t>(i)]) continue;
    for (const Id id : overwritable(program, instruction, sharing)) {
      const Id output = output_of(instruction);
      if (own[group[static_cast<std::size_t>(id)]].last != i) continue;
      const std::size_t target = group[static_cast<std::size_t>(id)], source = group[static_cast<std::size_t>(output)];
      own[target].last = std::max(own[target].last, own[source].last);
      for (std::size_t& member : group)
        if (member == source) member = target;
      break;
    }
  }

  Lifetimes lifetimes;
  lifetimes.buffer_of.resize(count);
  std::vector<std::size_t> numbered(count, count);
  for (std::size_t i = 0; i < count; ++i) {
    std::size_t& number = numbered[group[i]];
    if (number == count) {
      number = lifetimes.buffers.size();
      lifetimes.buffers.push_back(own[group[i]]);
    }
    lifetimes.buffer_of[i] = number;
  }
  return lifetimes;
}

namespace {

ArenaPlan plan_of(const Program& program, Lifetimes lifetimes, const std::vector<std::int64_t>& scratch) {
  std::vector<std::size_t> worked_in(program.instructions.size(), unused);
  for (std::size_t i = 0; i < scratch.size(); ++i) {
    const Instruction& instruction = program.instructions[i];
    const std::size_t target = buffer_of(lifetimes, output_of(instruction));
    const bool over_input = target == buffer_of(lifetimes, inputs_of(instruction).front());
    const std::int64_t bytes = scratch[i] + (over_input ? in_place_bytes(program, instruction) : 0);
    if (bytes == 0) continue;
    worked_in[i] = lifetimes.buffers.size();
    lifetimes.buffers.push_back({aligned(bytes), static_cast<std::int32_t>(i), static_cast<std::int32_t>(i)});
  }
  const Offsets placed = place(lifetimes.buffers);
  ArenaPlan plan;
  for (const std::size_t buffer : worked_in) plan.scratch.push_back(buffer == unused ? 0 : placed[buffer]);
  for (const std::size_t buffer : lifetimes.buffer_of) plan.offsets.push_back(placed[buffer]);
  plan.bytes = height(lifetimes.buffers, placed);
  for (std::size_t i = 0; i < program.instructions.size(); ++i) {
    const std::int64_t alive = alive_during(lifetimes.buffers, static_cast<std::int32_t>(i));
    plan.alive.push_back(alive);
    if (alive <= plan.peak_bytes) continue;
    plan.peak_bytes = alive;
    plan.peak_instruction = i;
  }
  plan.placed = std::move(lifetimes);
  return plan;
}

}  // namespace

std::vector<std::int64_t> place(const std::vector<Buffer>& buffers) {
  return Search(buffers, best_greedy(buffers)).run();
}

ArenaPlan plan_arena(const Program& program) {
  std::vector<std::int64_t> scratch;
  for (const Instruction& instruction : program.instructions) scratch.push_back(scratch_bytes(program, instruction));
  return plan_arena(program, scratch);
}

ArenaPlan plan_arena(const Program& program, const std::vector<std::int64_t>& scratch, Sharing most,
                     const std::vector<bool>& elsewhere) {
  // Sharing bytes lowers what is alive, but ties places together: now and then it packs worse.
  ArenaPlan best = plan_of(program, lifetimes_of(program, most, elsewhere), scratch);
  for (const Sharing less : {Sharing::elementwise, Sharing::views}) {
    if (less >= most || best.bytes == best.peak_bytes) continue;
    ArenaPlan plan = plan_of(program, lifetimes_of(program, less, elsewhere), scratch);
    if (plan.bytes < best.bytes) best = std::move(plan);
  }
  return best;
}

}  // namespace espalier::integer
