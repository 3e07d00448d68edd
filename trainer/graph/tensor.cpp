#include "graph/tensor.h"

#include <cstring>
#include <functional>
#include <numeric>

#include "base/error.h"
#include "base/text.h"

namespace espalier::graph {
namespace {
template <class T, class Bytes>
auto view(Bytes& bytes, Type actual, Type wanted) {
  if (actual != wanted) fail("a tensor has another element type than its reader expects");
  return std::span<T>(reinterpret_cast<T*>(bytes.data()), bytes.size() / sizeof(T));
}
template <class T>
Tensor filled(Type type, Shape shape, std::span<const T> values) {
  Tensor tensor(type, std::move(shape));
  if (values.size_bytes() != tensor.bytes.size())
    fail(concat("a tensor of shape ", text_of(tensor.shape), " was given ", values.size(), " values"));
  if (!values.empty()) std::memcpy(tensor.bytes.data(), values.data(), values.size_bytes());
  return tensor;
}
}  // namespace

std::int64_t elements(const Shape& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}
std::string text_of(const Shape& shape) { return join(shape, "x"); }

std::size_t size_of(Type type) {
  switch (type) {
    case Type::float32:
    case Type::int32:
      return 4;
    case Type::int64:
      return 8;
    default:
      return 1;
  }
}

Tensor::Tensor(Type element, Shape extents)
    : type(element), shape(std::move(extents)), bytes(static_cast<std::size_t>(elements(shape)) * size_of(type)) {}
Tensor Tensor::of(Shape shape, std::span<const float> values) {
  return filled(Type::float32, std::move(shape), values);
}
Tensor Tensor::of(Shape shape, std::span<const std::uint8_t> values) {
  return filled(Type::uint8, std::move(shape), values);
}

std::span<float> Tensor::floats() { return view<float>(bytes, type, Type::float32); }
std::span<const float> Tensor::floats() const { return view<const float>(bytes, type, Type::float32); }
std::span<std::uint8_t> Tensor::flags() { return view<std::uint8_t>(bytes, type, Type::uint8); }
std::span<const std::uint8_t> Tensor::flags() const { return view<const std::uint8_t>(bytes, type, Type::uint8); }
std::span<std::int64_t> Tensor::integers() { return view<std::int64_t>(bytes, type, Type::int64); }
std::span<const std::int64_t> Tensor::integers() const { return view<const std::int64_t>(bytes, type, Type::int64); }

Tensor take(const Tensor& tensor, int axis, std::span<const std::int64_t> kept) {
  Shape shape = tensor.shape;
  const auto extent = shape[static_cast<std::size_t>(axis)];
  shape[static_cast<std::size_t>(axis)] = static_cast<std::int64_t>(kept.size());
  Tensor out(tensor.type, shape);
  std::size_t outer = 1, inner = size_of(tensor.type);
  for (int i = 0; i < axis; ++i) outer *= static_cast<std::size_t>(shape[static_cast<std::size_t>(i)]);
  for (std::size_t i = static_cast<std::size_t>(axis) + 1; i < shape.size(); ++i)
    inner *= static_cast<std::size_t>(shape[i]);
  for (std::size_t o = 0; o < outer; ++o)
    for (std::size_t k = 0; k < kept.size(); ++k)
      std::memcpy(
          out.bytes.data() + (o * kept.size() + k) * inner,
          tensor.bytes.data() + (o * static_cast<std::size_t>(extent) + static_cast<std::size_t>(kept[k])) * inner,
          inner);
  return out;
}

}  // namespace espalier::graph
