#include "nn/live_network.h"

#include <ATen/ATen.h>

#include <cstring>

#include "base/error.h"
#include "base/text.h"

namespace espalier::nn {
namespace {

at::ScalarType scalar_type(graph::Type type) {
  switch (type) {
    case graph::Type::int8:
      return at::kChar;
    case graph::Type::uint8:
      return at::kByte;
    case graph::Type::int32:
      return at::kInt;
    case graph::Type::int64:
      return at::kLong;
    default:
      return at::kFloat;
  }
}

graph::Type host_type(at::ScalarType type) {
  switch (type) {
    case at::kFloat:
      return graph::Type::float32;
    case at::kChar:
      return graph::Type::int8;
    case at::kByte:
    case at::kBool:
      return graph::Type::uint8;
    case at::kInt:
      return graph::Type::int32;
    case at::kLong:
      return graph::Type::int64;
    default:
      fail("a tensor of this element type cannot be stored");
  }
}

/// None where the tensor is undefined.
std::vector<std::int32_t> whole_numbers(const at::Tensor& tensor) {
  if (!tensor.defined()) return {};
  const auto numbers = tensor.detach().cpu().to(at::kInt).contiguous();
  return {numbers.const_data_ptr<int>(), numbers.const_data_ptr<int>() + numbers.numel()};
}
at::Tensor to_floats(const std::vector<std::int32_t>& numbers) {
  return numbers.empty() ? at::Tensor() : at::tensor(at::ArrayRef<std::int32_t>(numbers), at::kFloat);
}

/// [n, 1, 1, …] along `axis` of `like`; a scalar stays one.
at::Tensor along(const at::Tensor& values, std::int64_t axis, const at::Tensor& like) {
  if (axis < 0) return values;
  std::vector<std::int64_t> shape(static_cast<std::size_t>(like.dim()), 1);
  shape[static_cast<std::size_t>(axis)] = -1;
  return values.view(shape);
}

/// Grid values become those of the nearest code, the lower of two; the gradient goes straight through.
at::Tensor snap(const at::Tensor& grid, const compression::Encoding& encoding) {
  const auto scale = along(encoding.scale, encoding.axis, grid);
  auto q = (grid.detach() / scale).round();
  const auto signs = encoding.signs.defined() ? along(encoding.signs, encoding.axis, grid) : at::Tensor();
  if (signs.defined()) q = q * signs;
  const auto& codes = encoding.codes;
  const auto middles = (codes.slice(0, 1) + codes.slice(0, 0, -1)) / 2;
  q = codes.index({at::bucketize(q.contiguous(), middles)});
  if (signs.defined()) q = q * signs;
  return grid + (q * scale - grid).detach();
}

bool is_buffer(graph::Role role) { return role == graph::Role::running_mean || role == graph::Role::running_variance; }

}  // namespace

at::Tensor LiveNetwork::tensor(const std::string& name) const {
  if (const auto found = parameters.find(name); found != parameters.end()) return found->second;
  if (const auto found = buffers.find(name); found != buffers.end()) return found->second;
  fail(concat("network '", structure.name, "' has no tensor '", name, "'"));
}

at::Tensor to_tensor(const graph::Tensor& host) {
  auto tensor = at::empty(host.shape, scalar_type(host.type));
  if (!host.bytes.empty()) std::memcpy(tensor.mutable_data_ptr(), host.bytes.data(), host.bytes.size());
  return tensor;
}

graph::Tensor to_host(const at::Tensor& tensor) {
  const auto source = tensor.detach().cpu().contiguous();
  graph::Tensor host(host_type(source.scalar_type()), source.sizes().vec());
  if (!host.bytes.empty()) std::memcpy(host.bytes.data(), source.const_data_ptr(), host.bytes.size());
  return host;
}

graph::Encoding to_host(const compression::Encoding& encoding) {
  const auto scale = encoding.scale.detach().cpu().to(at::kFloat).contiguous().view({-1});
  const auto zero =
      encoding.zero_point.detach().cpu().to(at::kInt).contiguous().view({-1}).expand({scale.size(0)}).contiguous();
  graph::Encoding host;
  host.scale.assign(scale.const_data_ptr<float>(), scale.const_data_ptr<float>() + scale.numel());
  host.zero_point.assign(zero.const_data_ptr<int>(), zero.const_data_ptr<int>() + zero.numel());
  host.low = static_cast<std::int32_t>(encoding.low);
  host.high = static_cast<std::int32_t>(encoding.high);
  host.axis = static_cast<int>(encoding.axis);
  host.codes = whole_numbers(encoding.codes);
  host.signs = whole_numbers(encoding.signs);
  return host;
}

compression::Encoding to_tensors(const graph::Encoding& host) {
  const auto n = static_cast<std::int64_t>(host.scale.size());
  auto scale = at::empty({n}, at::kFloat), zero = at::empty({n}, at::kInt);
  std::memcpy(scale.mutable_data_ptr(), host.scale.data(), host.scale.size() * sizeof(float));
  std::memcpy(zero.mutable_data_ptr(), host.zero_point.data(), host.zero_point.size() * sizeof(std::int32_t));
  if (host.axis < 0) scale = scale.view(at::IntArrayRef()), zero = zero.view(at::IntArrayRef());
  return {scale, zero, host.low, host.high, host.axis, true, to_floats(host.codes), to_floats(host.signs)};
}

LiveNetwork bring_to_life(const graph::Network& network, bool trainable) {
  graph::check_weights(network);
  LiveNetwork live;
  live.structure = network;
  live.structure.weights.clear();
  live.structure.masks.clear();
  live.structure.encodings.clear();
  for (const auto& node : network.nodes)
    for (const auto& slot : network.slots(node)) {
      const auto name = concat(node.name, ".", slot.name);
      auto tensor = to_tensor(network.weights.at(name));
      // .contiguous(ChannelsLast) leaves [C, 1, 3, 3] as it is, since its strides are ambiguous; a copy does not.
      if (tensor.dim() == 4)
        tensor =
            at::empty(tensor.sizes(), tensor.options().memory_format(at::MemoryFormat::ChannelsLast)).copy_(tensor);
      if (is_buffer(slot.role))
        live.buffers[name] = tensor;
      else
        live.parameters[name] = tensor.set_requires_grad(trainable);
    }
  for (const auto& [name, mask] : network.masks) live.masks[name] = to_tensor(mask).to(at::kBool);
  for (const auto& [name, encoding] : network.encodings) live.encodings[name] = to_tensors(encoding);
  return live;
}

graph::Network capture(const LiveNetwork& live, const std::map<std::string, at::Tensor>& in_place_of) {
  graph::Network network = live.structure;
  for (const auto* tensors : {&live.parameters, &live.buffers})
    for (const auto& [name, tensor] : *tensors) {
      const auto other = in_place_of.find(name);
      network.weights[name] = to_host(other == in_place_of.end() ? tensor : other->second);
    }
  for (const auto& [name, mask] : live.masks) network.masks[name] = to_host(mask);
  for (const auto& [name, encoding] : live.encodings)
    if (encoding.enabled) network.encodings[name] = to_host(encoding);
  return network;
}

at::Tensor quantize_weight(const at::Tensor& weight, const compression::Encoding& encoding) {
  const auto grid =
      encoding.axis < 0
          ? at::fake_quantize_per_tensor_affine(weight, encoding.scale.item<double>(),
                                                encoding.zero_point.item<std::int64_t>(), encoding.low, encoding.high)
          : at::fake_quantize_per_channel_affine(weight, encoding.scale, encoding.zero_point, encoding.axis,
                                                 encoding.low, encoding.high);
  return encoding.codes.defined() ? snap(grid, encoding) : grid;
}

graph::Network freeze(const LiveNetwork& live, const std::map<std::string, at::Tensor>& in_place_of) {
  auto quantized = in_place_of;
  for (const auto& [name, parameter] : live.parameters) {
    const auto encoding = live.encodings.find(name);
    if (encoding == live.encodings.end() || !encoding->second.enabled) continue;
    const auto other = in_place_of.find(name);
    quantized[name] =
        quantize_weight((other == in_place_of.end() ? parameter : other->second).detach(), encoding->second);
  }
  return capture(live, quantized);
}

}  // namespace espalier::nn
