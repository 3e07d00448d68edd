#include "integer/order.h"

#include <algorithm>
#include <map>

#include "base/random.h"
#include "catch.h"
#include "integer/arena.h"
#include "integer/twin.h"

using namespace espalier;
using namespace espalier::integer;

namespace {

Id activation(Program& program, std::int64_t size) {
  program.activations.push_back({"a", {1, 1, size}, 1, 0});
  return static_cast<Id>(program.activations.size()) - 1;
}

/// A pointwise convolution.
Id conv(Program& program, Id from, std::int64_t channels) {
  const std::int64_t in = program.activations[static_cast<std::size_t>(from)].shape[2];
  const Id out = activation(program, channels);
  Conv2d layer;
  layer.input = from, layer.output = out;
  for (std::int64_t i = 0; i < in * channels; ++i) layer.weights.push_back(static_cast<std::int8_t>(i % 7 - 3));
  layer.weight_scale.assign(static_cast<std::size_t>(channels), 0.01f);
  layer.bias.assign(static_cast<std::size_t>(channels), 0);
  program.instructions.emplace_back(std::move(layer));
  return out;
}

/// A stem, branches of two convolutions each, a concatenation of all.
Program branches(std::uint64_t index, int count) {
  Random random(5, "branches", index);
  Program program;
  program.name = "branches";
  const Id stem = conv(program, activation(program, 8), 16 * (1 + random.below(4)));
  Concatenate joined;
  std::vector<Id> wide;
  std::int64_t channels = 0;
  // All first halves, then all second halves: the worst order.
  for (int i = 0; i < count; ++i) wide.push_back(conv(program, stem, 16 * (1 + random.below(12))));
  for (const Id id : wide) {
    joined.inputs.push_back(conv(program, id, 16));
    channels += 16;
  }
  joined.output = activation(program, channels);
  program.output = joined.output;
  program.instructions.emplace_back(std::move(joined));
  check(program);
  return program;
}

/// The least arena over every order that respects what depends on what.
std::int64_t least_over_orders(const Program& program, std::vector<Instruction>& order, std::vector<bool>& done) {
  if (order.size() == program.instructions.size()) {
    Program made = program;
    made.instructions = order;
    return plan_arena(made).bytes;
  }
  std::map<Id, std::size_t> writer;
  for (std::size_t i = 0; i < done.size(); ++i) writer[output_of(program.instructions[i])] = i;
  std::int64_t least = std::int64_t{1} << 40;
  for (std::size_t i = 0; i < done.size(); ++i) {
    const auto inputs = inputs_of(program.instructions[i]);
    const bool ready =
        std::all_of(inputs.begin(), inputs.end(), [&](Id id) { return !writer.count(id) || done[writer[id]]; });
    if (done[i] || !ready) continue;
    done[i] = true;
    order.push_back(program.instructions[i]);
    least = std::min(least, least_over_orders(program, order, done));
    order.pop_back();
    done[i] = false;
  }
  return least;
}

std::vector<std::int8_t> outputs(const Program& program) {
  std::vector<std::int8_t> x(8),
      y(static_cast<std::size_t>(elements(program.activations[static_cast<std::size_t>(program.output)].shape)));
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<std::int8_t>(17 * i - 60);
  Twin(program).run(x, 1, y);
  return y;
}

}  // namespace

TEST_CASE("the order of small graphs is optimal by brute force, and computes the same bytes") {
  int better = 0;
  for (std::uint64_t i = 0; i < 20; ++i) {
    const Program program = branches(i, 3);
    const Program made = reordered(program);
    std::vector<Instruction> order;
    std::vector<bool> done(program.instructions.size(), false);
    REQUIRE(plan_arena(made).bytes == least_over_orders(program, order, done));
    check(made);
    REQUIRE(outputs(made) == outputs(program));
    better += plan_arena(made).bytes < plan_arena(program).bytes;
  }
  CHECK(better >= 10);
}

TEST_CASE("graphs with more orders than can be tried are ordered by what is alive, never worse") {
  for (std::uint64_t i = 0; i < 10; ++i) {
    const Program program = branches(i, 6);  // 7,484,400 orders
    const Program made = reordered(program);
    check(made);
    REQUIRE(plan_arena(made).bytes < plan_arena(program).bytes);
    REQUIRE(outputs(made) == outputs(program));
  }
}

TEST_CASE("a chain, and a graph that no order helps, stay as they are") {
  Program program;
  program.name = "chain";
  program.output = conv(program, conv(program, activation(program, 8), 32), 4);
  const Program made = reordered(program);
  REQUIRE(made.instructions.size() == 2);
  CHECK(output_of(made.instructions[0]) == 1);
  Program tied;
  tied.name = "tied";
  const Id stem = conv(tied, activation(tied, 8), 16), left = conv(tied, stem, 16), right = conv(tied, stem, 16);
  tied.output = activation(tied, 16);
  tied.instructions.emplace_back(Add{left, right, tied.output});
  const Program same = reordered(tied);
  for (std::size_t i = 0; i < tied.instructions.size(); ++i)
    CHECK(output_of(same.instructions[i]) == output_of(tied.instructions[i]));
}
