// Whether what a recipe makes can run on its target: legality by line, fit bounded before training and decided after.
#pragma once
#include <memory>
#include <vector>

#include "pipeline/integer_model.h"
#include "pipeline/plan.h"
#include "reporting/summary.h"

namespace espalier::pipeline {

/// `target:`, a name or a path relative to the recipe; null without one. Adds Problems.
std::shared_ptr<const targets::Device> read_target(const Recipe& recipe, std::vector<Problem>& problems);

/// Adds Problems, each at its line: exports of which the target runs none, layers that no runtime of the target has a
/// kernel for, a latency that cannot be estimated.
void check_target(const Plan& plan, std::vector<Problem>& problems);

/// The runtime of the plan's target that the estimates are for: the first that takes one of the recipe's exports and
/// whose times are known, else one that takes an export, else the target's preferred one. Only with a target.
std::string runtime_of(const Plan& plan);

/// In which the device computes `program`, so that what a run reports is what happens there: the arithmetic of that
/// runtime; without a target that of the exports, tflm where they have both or none. tflm, too, where ort_f32_even has
/// no exact row for an instruction.
integer::Arithmetic device_arithmetic(const Plan& plan, const integer::Program& program);

/// Of the C export of `program`: the arena of its plan, in which sound's front end works, too, and for which a small
/// network's may be too small.
std::int64_t c_arena_bytes(const integer::Program& program, const Plan& plan);

/// Plans the student without weights, whole and as its modifiers may leave it, and holds it to target and
/// budget: fills whole, likely, least and unfit, and adds a note where only a pruned student fits.
void bound_fit(Plan& plan);

/// Lines of `trainer check`; empty where nothing was planned.
std::string describe_fit(const Plan& plan);

/// The trained student on the recipe's target and on every other one, and the lines of the budget that its program
/// decides, with a remedy for each that is not met.
void fill_fit(reporting::Summary& summary, const Plan& plan, const Student& student);

}  // namespace espalier::pipeline
