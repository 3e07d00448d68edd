#include "pipeline/fit.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "base/text.h"
#include "deployment/c_export.h"
#include "exporting/c/writer.h"
#include "integer/arena.h"
#include "integer/arithmetic.h"
#include "integer/lowering.h"
#include "pipeline/fit_remedy.h"
#include "schema/document.h"
#include "targets/planned.h"
#include "targets/runtime.h"

namespace espalier::pipeline {
namespace {

using targets::Device, targets::Estimate, targets::Kernels;

bool takes_one_of(const targets::Runtime& runtime, const std::vector<std::string>& exports) {
  return std::any_of(runtime.exports.begin(), runtime.exports.end(), [&](const std::string& format) {
    return std::find(exports.begin(), exports.end(), format) != exports.end();
  });
}

/// Runtimes of the target that take one of the recipe's exports.
std::vector<const Kernels*> usable_runtimes(const Device& device, const std::vector<std::string>& exports) {
  std::vector<const Kernels*> usable;
  for (const auto& kernels : device.runtimes)
    if (const auto* runtime = targets::find_runtime(kernels.runtime); runtime && takes_one_of(*runtime, exports))
      usable.push_back(&kernels);
  return usable;
}

/// The one that the estimate is for: the first that is usable and has times.
const Kernels& chosen_runtime(const Device& device, const std::vector<std::string>& exports) {
  const auto usable = usable_runtimes(device, exports);
  for (const auto* kernels : usable)
    if (kernels->has_times()) return *kernels;
  return usable.empty() ? device.preferred() : *usable.front();
}

bool exports_c(const Plan& plan) {
  const auto& exports = plan.recipe.options.exports;
  return std::find(exports.begin(), exports.end(), "c") != exports.end();
}

Estimate with_front_end(Estimate estimate, const integer::Program& program, const Plan& plan) {
  estimate.arena_bytes = c_arena_bytes(program, plan);
  return estimate;
}

Estimate estimate_of(const integer::Program& program, const Plan& plan) {
  if (!plan.target)
    return exports_c(plan) ? with_front_end(targets::estimate(program), program, plan) : targets::estimate(program);
  const auto& kernels = chosen_runtime(*plan.target, plan.recipe.options.exports);
  auto found = targets::estimate(program, *plan.target, kernels);
  return kernels.runtime == "c" ? with_front_end(std::move(found), program, plan) : found;
}

/// Where a key of the budget or the target was written.
std::string place_of(const Recipe& recipe, const char* key) {
  const auto& budget = recipe.options.budget.value;
  if (const auto* value = budget.is_map() ? budget.find(key) : nullptr) return value->origin().text();
  return recipe.options.target.value.origin().text();
}

std::vector<Bound> bounds_of(const Plan& plan) {
  using Unit = reporting::Budget::Unit;
  const auto& recipe = plan.recipe;
  const auto& budget = recipe.budget;
  std::vector<Bound> bounds;
  const auto add = [&](const char* key, Unit unit, double limit,
                       std::function<std::optional<double>(const Estimate&)> of) {
    if (limit > 0) bounds.push_back({key, key, unit, limit, place_of(recipe, key), false, std::move(of)});
  };
  const auto bytes = [](std::int64_t count) { return std::optional<double>(static_cast<double>(count)); };
  add("flash", Unit::bytes, static_cast<double>(budget.flash.count),
      [=](const Estimate& e) { return bytes(e.flash_bytes); });
  add("ram", Unit::bytes, static_cast<double>(budget.ram.count),
      [=](const Estimate& e) { return bytes(e.arena_bytes); });
  add("macs", Unit::count, budget.macs, [=](const Estimate& e) { return bytes(e.macs); });
  add("latency", Unit::milliseconds, budget.latency.value,
      [](const Estimate& e) { return e.seconds ? std::optional<double>(*e.seconds * 1e3) : std::nullopt; });
  if (!plan.target) return bounds;
  const auto& device = *plan.target;
  const auto origin = recipe.options.target.value.origin().text();
  bounds.push_back({device.name + " flash", "flash", Unit::bytes, device.flash.value, origin, true,
                    [=](const Estimate& e) { return bytes(e.flash_total()); }});
  bounds.push_back({device.name + " ram", "ram", Unit::bytes, device.ram.value, origin, true,
                    [=](const Estimate& e) { return bytes(e.arena_bytes); }});
  return bounds;
}

/// Every modifier on what the one before it leaves.
graph::Network outcome_of(const Plan& plan, compression::Outcome which) {
  auto network = plan.student;
  for (const auto& entry : plan.timeline) network = entry.modifier->outcome(network, which);
  for (const auto& modifier : plan.calibrate) network = modifier->outcome(network, which);
  return network;
}

std::string title(const Bound& bound) {
  return concat(bound.of_target ? "" : "budget.", bound.name, " (", reporting::amount_text(bound.limit, bound.unit),
                ")");
}

/// "15.6 KiB, 3.6 KiB more".
std::string excess(const Bound& bound, double actual) {
  return concat(reporting::amount_text(actual, bound.unit), ", ",
                reporting::amount_text(actual - bound.limit, bound.unit), " more");
}

/// The layer of the recipe's model that an instruction belongs to: of "conv1.padded", conv1.
const graph::Node* node_of(const graph::Network& network, std::string activation) {
  while (!network.find(activation)) {
    const auto dot = activation.rfind('.');
    if (dot == std::string::npos) return nullptr;
    activation.resize(dot);
  }
  return network.find(activation);
}

void check_operators(const Plan& plan, std::vector<Problem>& problems) {
  const auto usable = usable_runtimes(*plan.target, plan.recipe.options.exports);
  const auto runs = [](const Kernels& kernels, const std::string& name) {
    const auto& known = kernels.operators;
    return known.empty() || std::find(known.begin(), known.end(), name) != known.end();
  };
  const auto program = targets::planned_program(plan.student);
  for (const auto& instruction : program.instructions) {
    const std::string name(integer::name_of(instruction));
    if (std::any_of(usable.begin(), usable.end(), [&](const Kernels* kernels) { return runs(*kernels, name); }))
      continue;
    const auto& activation = program.activations[static_cast<std::size_t>(integer::output_of(instruction))].name;
    const auto* node = node_of(plan.student, activation);
    std::vector<std::string> names;
    for (const auto* kernels : usable) names.push_back(kernels->runtime);
    problems.push_back({node ? node->origin.text() : plan.recipe.options.target.value.origin().text(),
                        concat("layer '", activation, "' becomes ", name, ", for which ", plan.target->name,
                               " has no kernel (", join(names, ", "), ")")});
  }
}

/// What to export for a target that takes `formats`, or why the student can be none of them.
std::string remedy_for(const Plan& plan, const std::vector<std::string>& formats) {
  const bool integers = std::ranges::all_of(formats, [](const std::string& format) {
    return format == "tflite" || format == "c" || format == "torchscript_int8";
  });
  const auto unlowered = integer::unsupported(plan.student);
  if (!integers || unlowered.empty()) return concat("export one of ", join(formats, ", "));
  return concat("it runs integers only (", join(formats, ", "), "), and the student's ", unlowered.front().text);
}

bool is_pruned(const Plan& plan) {
  return plan.least->macs != plan.whole->macs || plan.least->flash_bytes != plan.whole->flash_bytes;
}

/// Holds the three estimates to one bound.
void hold(Plan& plan, const Bound& bound, const std::vector<Bound>& bounds) {
  const auto whole = bound.of(*plan.whole), likely = bound.of(*plan.likely), least = bound.of(*plan.least);
  if (!whole || *whole <= bound.limit) return;
  if (*likely <= bound.limit) {
    plan.notes.push_back(concat("only a pruned student fits ", title(bound), ": whole it takes ", excess(bound, *whole),
                                "; pruned evenly ", reporting::amount_text(*likely, bound.unit)));
    return;
  }
  if (*least <= bound.limit) {
    plan.notes.push_back(concat("pruned evenly, the student does not fit ", title(bound), ": it takes ",
                                excess(bound, *likely), "; it fits only if pruning falls on the layers that matter"));
    return;
  }
  const auto estimates = [&](const integer::Program& program) { return estimate_of(program, plan); };
  plan.unfit.push_back({bound.origin, concat(is_pruned(plan) ? "even the most pruned student" : "the student",
                                             " does not fit ", title(bound), ": it takes ", excess(bound, *least), "; ",
                                             remedy(bound, bounds, plan.student, *plan.least, estimates))});
}

bool can_be_lowered(const Plan& plan) {
  return plan.quantizes && !plan.student.nodes.empty() && integer::unsupported(plan.student).empty();
}

}  // namespace

std::shared_ptr<const Device> read_target(const Recipe& recipe, std::vector<Problem>& problems) {
  const auto& value = recipe.options.target.value;
  if (value.is_null()) return nullptr;
  if (!value.is_scalar()) {
    problems.push_back({value.origin().text(), "target must be a name (trainer list target) or the path of a file"});
    return nullptr;
  }
  const auto before = problems.size();
  const auto beside = schema::resolve_path(value).string();
  const auto origin = value.origin().text();
  const auto file =
      targets::find_device(std::filesystem::is_regular_file(beside) ? beside : value.text(), origin, problems);
  if (problems.size() != before) return nullptr;
  auto device = targets::load_device(file, problems);
  if (problems.size() != before) return nullptr;
  return std::make_shared<const Device>(std::move(device));
}

void check_target(const Plan& plan, std::vector<Problem>& problems) {
  const auto& options = plan.recipe.options;
  const auto& budget = plan.recipe.budget;
  if (!plan.target) {
    if (budget.latency.value > 0 && options.target.value.is_null())
      problems.push_back({place_of(plan.recipe, "latency"), "latency is estimated for a device: say `target:`"});
    return;
  }
  if (usable_runtimes(*plan.target, options.exports).empty()) {
    std::vector<std::string> formats;
    for (const auto& kernels : plan.target->runtimes)
      for (const auto& format : targets::find_runtime(kernels.runtime)->exports)
        if (std::find(formats.begin(), formats.end(), format) == formats.end()) formats.push_back(format);
    const auto* list = plan.recipe.value.find("export");
    problems.push_back(
        {(list ? *list : options.target.value).origin().text(),
         concat(plan.target->name, " runs none of [", join(options.exports, ", "), "]; ", remedy_for(plan, formats))});
    return;
  }
  if (budget.latency.value > 0 && !chosen_runtime(*plan.target, options.exports).has_times())
    problems.push_back({place_of(plan.recipe, "latency"),
                        concat("latency cannot be estimated: ", plan.target->file.string(), " has no cycles for ",
                               chosen_runtime(*plan.target, options.exports).runtime)});
  if (!problems.empty() || !can_be_lowered(plan)) return;
  try {
    check_operators(plan, problems);
  } catch (const Error& error) {
    problems.insert(problems.end(), error.problems().begin(), error.problems().end());
  }
}

std::string runtime_of(const Plan& plan) { return chosen_runtime(*plan.target, plan.recipe.options.exports).runtime; }

integer::Arithmetic device_arithmetic(const Plan& plan, const integer::Program& program) {
  using integer::Arithmetic;
  const auto& exports = plan.recipe.options.exports;
  if (!integer::is_exact(program, Arithmetic::ort_f32_even)) return Arithmetic::tflm;
  if (plan.target) return targets::find_runtime(runtime_of(plan))->arithmetic;
  const auto has = [&](Arithmetic arithmetic) {
    return std::any_of(exports.begin(), exports.end(), [&](const std::string& format) {
      const auto* computes = targets::arithmetic_of_export(format);
      return computes && *computes == arithmetic;
    });
  };
  return has(Arithmetic::ort_f32_even) && !has(Arithmetic::tflm) ? Arithmetic::ort_f32_even : Arithmetic::tflm;
}

std::int64_t c_arena_bytes(const integer::Program& program, const Plan& plan) {
  exporting::c::Options options;
  if (plan.data) options.front_end = deployment::audio_front_end(plan.data->front_end());
  return exporting::c::arena_bytes(program, options);
}

void bound_fit(Plan& plan) {
  const auto bounds = bounds_of(plan);
  if (!can_be_lowered(plan)) {
    if (!bounds.empty() && !plan.quantizes && !plan.student.nodes.empty())
      plan.notes.push_back("whether it fits cannot be said before training: the recipe does not quantize");
    return;
  }
  try {
    plan.whole = estimate_of(targets::planned_program(plan.student), plan);
    plan.likely = estimate_of(targets::planned_program(outcome_of(plan, compression::Outcome::likely)), plan);
    plan.least = estimate_of(targets::planned_program(outcome_of(plan, compression::Outcome::least)), plan);
    for (const auto& bound : bounds) hold(plan, bound, bounds);
  } catch (const Error& error) {
    plan.notes.push_back(concat("whether it fits cannot be said before training: ", error.what()));
  }
}

void require_fit(const Plan& plan) {
  if (!plan.unfit.empty()) throw Error(Exit::unmet, plan.unfit);
}

std::string describe_fit(const Plan& plan) {
  std::string text;
  if (plan.target) {
    const auto& kernels = chosen_runtime(*plan.target, plan.recipe.options.exports);
    text += concat("target    ", plan.target->name, " (", plan.target->core, "), by ", kernels.runtime, ": ",
                   bytes_text(static_cast<std::int64_t>(plan.target->flash.value)), " flash, ",
                   bytes_text(static_cast<std::int64_t>(plan.target->ram.value)), " RAM\n");
  }
  const auto line = [](const char* which, const Estimate& e) {
    auto said = concat("fit       ", which, ": ", bytes_text(e.flash_bytes), " constants, ", bytes_text(e.arena_bytes),
                       " arena, ", grouped_text(e.macs), " MACs");
    if (e.seconds) said += concat(", ", targets::quantity_text(*e.seconds, "s"), " (estimated)");
    return said + "\n";
  };
  if (!plan.whole || (!plan.target && bounds_of(plan).empty())) return text;
  text += line("as int8, whole", *plan.whole);
  if (!is_pruned(plan)) return text;
  return text + line("pruned as the recipe says, evenly", *plan.likely) + line("and at the very least", *plan.least);
}

void fill_fit(reporting::Summary& summary, const Plan& plan, const Student& student) {
  const auto bounds = bounds_of(plan);
  if (plan.target) summary.target = plan.target->name;
  std::optional<Estimate> found;
  if (student.program) {
    found = estimate_of(*student.program, plan);
    if (plan.target)
      summary.fit = fit_on(*plan.target, chosen_runtime(*plan.target, plan.recipe.options.exports), *found);
    summary.targets = fits_everywhere(*student.program);
  }
  for (const auto& bound : bounds) {
    auto actual = found ? bound.of(*found) : std::nullopt;
    if (!found && bound.resource == "macs") actual = static_cast<double>(summary.macs);
    reporting::Budget line{bound.name, bound.unit, bound.limit, actual, ""};
    if (found && !line.met())
      line.remedy = remedy(bound, bounds, student.network, *found,
                           [&](const integer::Program& program) { return estimate_of(program, plan); });
    summary.budget.push_back(std::move(line));
  }
}

}  // namespace espalier::pipeline
