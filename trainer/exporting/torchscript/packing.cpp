#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/csrc/jit/frontend/resolver.h>
#include <torch/csrc/jit/frontend/sugared_value.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <sstream>

#include "exporting/torchscript/packing_impl.h"

namespace espalier::exporting::torchscript {
namespace {

struct QuantizedNames : torch::jit::NativeResolver {
  std::shared_ptr<torch::jit::SugaredValue> resolveValue(const std::string& name, torch::jit::GraphFunction& function,
                                                         const torch::jit::SourceRange& place) override {
    if (name == "quantized") return std::make_shared<torch::jit::BuiltinModule>("quantized");
    return NativeResolver::resolveValue(name, function, place);
  }
};

}  // namespace

torch::jit::ResolverPtr quantized_resolver() { return std::make_shared<QuantizedNames>(); }

c10::IValue call_operator(const char* name, std::vector<c10::IValue> arguments) {
  const auto found = c10::Dispatcher::singleton().findSchemaOrThrow(name, "");
  found.callBoxed(&arguments);
  return arguments.at(0);
}

c10::IValue pack_dynamic(const graph::Network& network, const std::string& weight, const std::string& bias) {
  const auto& shape = network.weights.at(weight).shape;
  const auto values = graph::masked_floats(network, weight);
  const auto outputs = static_cast<std::size_t>(shape[0]), inputs = values.size() / outputs;
  auto codes = at::empty(shape, at::kChar);
  auto scales = at::empty({shape[0]}, at::kDouble);
  for (std::size_t row = 0; row < outputs; ++row) {
    float largest = 0;
    for (std::size_t i = 0; i < inputs; ++i) largest = std::max(largest, std::abs(values[row * inputs + i]));
    const float scale = largest > 0 ? largest / 127 : 1.0f;
    scales.mutable_data_ptr<double>()[row] = scale;
    for (std::size_t i = 0; i < inputs; ++i)
      codes.mutable_data_ptr<std::int8_t>()[row * inputs + i] =
          static_cast<std::int8_t>(std::clamp(std::nearbyint(values[row * inputs + i] / scale), -127.0f, 127.0f));
  }
  c10::IValue added;
  if (network.weights.count(bias)) {
    const auto floats = graph::masked_floats(network, bias);
    auto tensor = at::empty({shape[0]}, at::kFloat);
    std::memcpy(tensor.mutable_data_ptr(), floats.data(), floats.size() * sizeof(float));
    added = tensor;
  }
  const auto quantized = at::_make_per_channel_quantized_tensor(codes, scales, at::zeros({shape[0]}, at::kLong), 0);
  return call_operator("quantized::linear_prepack", {quantized, added});
}

void add_companions(torch::jit::Module& module, const std::vector<std::string>& labels, const std::string& front_end) {
  c10::List<std::string> names;
  for (const auto& label : labels) names.push_back(label);
  module.register_attribute("labels", c10::ListType::ofStrings(), names);
  module.register_attribute("front_end", c10::StringType::get(), front_end);
}

std::vector<std::uint8_t> bytes_of(torch::jit::Module& module) {
  module.eval();
  std::ostringstream out;
  module.save(out);
  const auto text = out.str();
  return {text.begin(), text.end()};
}

}  // namespace espalier::exporting::torchscript
