#include "targets/estimate.h"

#include <algorithm>

#include "base/text.h"
#include "integer/arena.h"
#include "integer/storage.h"
#include "integer/weight_encoding.h"

namespace espalier::targets {
namespace {

using integer::Instruction;

/// Weights and biases.
std::int64_t parameters_of(const Instruction& instruction) {
  const auto count = [](const auto& layer) {
    return static_cast<std::int64_t>(layer.weights.size() + layer.bias.size());
  };
  return std::visit(integer::Overloaded{[&](const integer::Conv2d& conv) { return count(conv); },
                                        [&](const integer::DepthwiseConv2d& conv) { return count(conv); },
                                        [&](const integer::FullyConnected& full) { return count(full); },
                                        [](const auto&) { return std::int64_t{0}; }},
                    instruction);
}

/// Of one multiply-accumulate; null for what has none.
const std::optional<Figure>* figure_for(const Kernels& kernels, const Instruction& instruction) {
  if (std::holds_alternative<integer::Conv2d>(instruction)) return &kernels.conv2d;
  if (std::holds_alternative<integer::DepthwiseConv2d>(instruction)) return &kernels.depthwise_conv2d;
  if (std::holds_alternative<integer::FullyConnected>(instruction)) return &kernels.fully_connected;
  return nullptr;
}

double cycles_of(const Kernels& kernels, const Instruction& instruction, std::int64_t macs, std::int64_t outputs) {
  if (std::holds_alternative<integer::Reshape>(instruction)) return 0;  // a view
  const auto value = [](const std::optional<Figure>& figure) { return figure ? figure->value : 0; };
  const auto* each = figure_for(kernels, instruction);
  return (each ? static_cast<double>(macs) * value(*each) : 0) + static_cast<double>(outputs) * value(kernels.output) +
         value(kernels.layer);
}

bool times_are_verified(const Estimate& estimate, const Kernels& kernels) {
  const auto fine = [](const std::optional<Figure>& figure) { return !figure || figure->verified; };
  const auto used = [&](const char* kind, const std::optional<Figure>& figure) {
    return std::none_of(estimate.layers.begin(), estimate.layers.end(),
                        [&](const LayerCost& layer) { return layer.kind == kind; }) ||
           fine(figure);
  };
  return used("CONV_2D", kernels.conv2d) && used("DEPTHWISE_CONV_2D", kernels.depthwise_conv2d) &&
         used("FULLY_CONNECTED", kernels.fully_connected) && fine(kernels.output) && fine(kernels.layer);
}

/// Foreign files join the names of all that was fused: the first stands for the layer.
std::string title(const LayerCost& layer) {
  return concat(layer.name.substr(0, layer.name.find(';')), " (", layer.kind, ")");
}

std::string share_text(double part, double whole) { return concat(fixed_text(100 * part / whole, 0), " %"); }

}  // namespace

Estimate estimate(const integer::Program& program, Layout layout) {
  Estimate made;
  const bool encodes = layout == Layout::c;
  const auto storage = integer::storage_of(program);
  const auto plan = encodes ? integer::plan_arena(program, integer::weight_encodings(program))
                            : integer::plan_arena(program, {}, integer::Sharing::elementwise);
  for (std::size_t i = 0; i < program.instructions.size(); ++i) {
    const auto& instruction = program.instructions[i];
    const auto& output = program.activations[static_cast<std::size_t>(integer::output_of(instruction))];
    LayerCost layer;
    layer.name = output.name, layer.kind = integer::name_of(instruction), layer.output = output.shape;
    layer.macs = integer::macs_of(program, instruction);
    layer.parameters = parameters_of(instruction);
    layer.flash_bytes = (encodes ? storage.instructions[i] : integer::storage_of(instruction)).total();
    layer.alive_bytes = plan.alive[i];
    made.macs += layer.macs, made.parameters += layer.parameters, made.flash_bytes += layer.flash_bytes;
    made.layers.push_back(std::move(layer));
  }
  made.arena_bytes = plan.bytes;
  made.peak_layer = plan.peak_instruction;
  return made;
}

Estimate estimate(const integer::Program& program, const Device& device, const Kernels& kernels) {
  auto made = estimate(program, kernels.runtime == "c" ? Layout::c : Layout::file);
  if (kernels.code) made.code_bytes = static_cast<std::int64_t>(kernels.code->value);
  if (!kernels.has_times()) return made;
  double all = 0;
  for (std::size_t i = 0; i < made.layers.size(); ++i) {
    auto& layer = made.layers[i];
    layer.cycles = cycles_of(kernels, program.instructions[i], layer.macs, integer::elements(layer.output));
    all += *layer.cycles;
    if (*layer.cycles > *made.layers[made.slowest_layer].cycles) made.slowest_layer = i;
  }
  made.cycles = all;
  made.seconds = all / device.clock.value;
  made.verified_time = device.clock.verified && times_are_verified(made, kernels);
  if (const auto power = device.power()) {
    made.joules = power->value * *made.seconds;
    made.verified_energy = made.verified_time && power->verified;
  }
  return made;
}

std::string bottleneck(const Estimate& estimate, const Device* device) {
  std::vector<std::string> said;
  if (estimate.cycles && *estimate.cycles > 0) {
    const auto& slowest = estimate.layers[estimate.slowest_layer];
    said.push_back(concat("time: ", share_text(*slowest.cycles, *estimate.cycles), " goes into ", title(slowest)));
  }
  if (!estimate.layers.empty()) {
    const auto& peak = estimate.layers[estimate.peak_layer];
    said.push_back(concat("RAM: ", bytes_text(peak.alive_bytes), " are alive during ", title(peak)));
    const auto largest =
        std::max_element(estimate.layers.begin(), estimate.layers.end(),
                         [](const LayerCost& a, const LayerCost& b) { return a.flash_bytes < b.flash_bytes; });
    if (estimate.flash_bytes > 0)
      said.push_back(concat(
          "flash: ", share_text(static_cast<double>(largest->flash_bytes), static_cast<double>(estimate.flash_bytes)),
          " of the constants are ", "in ", title(*largest)));
  }
  if (device) {
    const double ram = static_cast<double>(estimate.arena_bytes) / device->ram.value,
                 flash = static_cast<double>(estimate.flash_total()) / device->flash.value;
    said.push_back(
        ram >= flash
            ? concat("of ", device->name, "'s memories, RAM is nearer its end (", share_text(ram, 1), " taken)")
            : concat("of ", device->name, "'s memories, flash is nearer its end (", share_text(flash, 1), " taken)"));
  }
  return join(said, "; ");
}

}  // namespace espalier::targets
