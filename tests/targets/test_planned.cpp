#include "targets/planned.h"

#include <algorithm>

#include "catch.h"
#include "integer/arena.h"
#include "integer/lowered.h"
#include "integer/storage.h"

using namespace espalier;

namespace {

std::int64_t macs(const integer::Program& program) {
  std::int64_t all = 0;
  for (const auto& instruction : program.instructions) all += integer::macs_of(program, instruction);
  return all;
}

/// Constants before any encoding of weights, which depends on their values.
std::int64_t plain_bytes(const integer::Program& program) {
  std::int64_t all = 0;
  for (const auto& instruction : program.instructions) all += integer::storage_of(instruction).total();
  return all;
}

}  // namespace

TEST_CASE("a network planned without training takes what the calibrated one takes") {
  int compared = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const auto network = naive::random_network(seed);
    const auto planned = targets::planned_program(network);
    const auto lowered = integer::lower(lowered::calibrated(network));
    CHECK(macs(planned) == macs(lowered));
    // Requantizes appear where trained encodings differ, a lone clamp is one or a pool: the plan is a lower bound
    // there.
    const bool same = std::equal(planned.instructions.begin(), planned.instructions.end(), lowered.instructions.begin(),
                                 lowered.instructions.end(), [](const auto& a, const auto& b) {
                                   return integer::name_of(a) == integer::name_of(b);
                                 });
    CHECK(planned.instructions.size() <= lowered.instructions.size());
    CHECK(plain_bytes(planned) <= plain_bytes(lowered));
    if (!same) continue;
    ++compared;
    CHECK(plain_bytes(planned) == plain_bytes(lowered));
    CHECK(integer::plan_arena(planned).bytes == integer::plan_arena(lowered).bytes);
  }
  CHECK(compared >= 20);
}

TEST_CASE("weights that stand for trained ones have no pattern, and are zero where masked") {
  auto network = naive::network_of(
      "layers:\n  - {type: conv2d, name: a, out: 8, kernel: 3}\n  - relu\n  - {type: global_average_pool, name: p}\n"
      "  - {type: linear, name: head, out: classes}\n");
  graph::initialize(network, 1);
  graph::Tensor mask(graph::Type::uint8, network.weights.at("a.weight").shape);
  for (std::size_t i = 0; i < mask.bytes.size(); i += 2) mask.bytes[i] = 1;
  network.masks["a.weight"] = mask;
  const auto program = targets::planned_program(network);
  const auto& weights = std::get<integer::Conv2d>(program.instructions[0]).weights;
  CHECK(std::count(weights.begin(), weights.end(), 0) == static_cast<std::ptrdiff_t>(weights.size() / 2));
  std::map<int, int> seen;
  for (const auto code : weights) ++seen[code];
  CHECK(seen.size() > 40);
  network.encodings["a.weight"] = {std::vector<float>(8, 1.0f), std::vector<std::int32_t>(8, 0), -7, 7, 0};
  const auto narrow = targets::planned_program(network);
  for (const auto code : std::get<integer::Conv2d>(narrow.instructions[0]).weights) CHECK(std::abs(code) <= 7);
}
