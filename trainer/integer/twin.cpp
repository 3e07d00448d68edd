#include "integer/twin.h"

#include <algorithm>

#include "base/error.h"
#include "base/parallel.h"
#include "integer/arithmetic.h"
#include "integer/steps.h"

namespace espalier::integer {
namespace {

const Program& checked(const Program& program, Arithmetic arithmetic) {
  check(program);
  require_exact(program, arithmetic);
  return program;
}

/// Whatever was in the arena before must not matter; a fixed pattern makes it the same everywhere.
constexpr std::int8_t poison = 0x5A;

}  // namespace

struct Twin::Impl {
  Impl(const Program& source, Arithmetic arithmetic, int thread_count)
      : program(checked(source, arithmetic)),
        plan(plan_arena(program, {}, Sharing::elementwise)),  // the host's kernels keep memory of their own
        steps(make_steps(program, plan, arithmetic)),
        threads(thread_count) {}

  std::int64_t count(Id id) const { return elements(program.activations[static_cast<std::size_t>(id)].shape); }
  std::int8_t* at(std::int8_t* arena, Id id) const { return arena + plan.offsets[static_cast<std::size_t>(id)]; }
  std::vector<std::int8_t> arena() const {
    return std::vector<std::int8_t>(static_cast<std::size_t>(plan.bytes), poison);
  }

  Program program;
  ArenaPlan plan;
  std::vector<Step> steps;  ///< refer to `program`
  int threads;
};

Twin::Twin(const Program& program, Arithmetic arithmetic, int threads)
    : impl_(std::make_unique<const Impl>(program, arithmetic, threads)) {}
Twin::~Twin() = default;
Twin::Twin(Twin&&) noexcept = default;
Twin& Twin::operator=(Twin&&) noexcept = default;

const Program& Twin::program() const { return impl_->program; }
const ArenaPlan& Twin::plan() const { return impl_->plan; }

void Twin::run(std::span<const std::int8_t> inputs, std::int64_t samples, std::span<std::int8_t> outputs) const {
  const Impl& twin = *impl_;
  const std::int64_t in = twin.count(twin.program.input), out = twin.count(twin.program.output);
  if (samples < 0 || static_cast<std::int64_t>(inputs.size()) != samples * in ||
      static_cast<std::int64_t>(outputs.size()) != samples * out)
    fail("the twin of '" + twin.program.name + "' was given inputs or outputs that do not fit " +
         std::to_string(samples) + " samples");
  parallel_for(samples, twin.threads, [&](std::int64_t begin, std::int64_t end, int) {
    std::vector<std::int8_t> arena = twin.arena();
    for (std::int64_t sample = begin; sample < end; ++sample) {
      std::copy_n(inputs.data() + sample * in, in, twin.at(arena.data(), twin.program.input));
      for (const Step& step : twin.steps) step(arena.data());
      std::copy_n(twin.at(arena.data(), twin.program.output), out, outputs.data() + sample * out);
    }
  });
}

std::vector<std::vector<std::int8_t>> Twin::trace(std::span<const std::int8_t> input) const {
  const Impl& twin = *impl_;
  if (static_cast<std::int64_t>(input.size()) != twin.count(twin.program.input))
    fail("the twin of '" + twin.program.name + "' was given an input of the wrong size");
  std::vector<std::int8_t> arena = twin.arena();
  std::vector<std::vector<std::int8_t>> all(twin.program.activations.size());
  const auto keep = [&](Id id) {
    const std::int8_t* bytes = twin.at(arena.data(), id);
    all[static_cast<std::size_t>(id)].assign(bytes, bytes + twin.count(id));
  };
  std::copy(input.begin(), input.end(), twin.at(arena.data(), twin.program.input));
  keep(twin.program.input);
  for (std::size_t i = 0; i < twin.steps.size(); ++i) {
    twin.steps[i](arena.data());
    keep(output_of(twin.program.instructions[i]));
  }
  return all;
}

}  // namespace espalier::integer
