// Tensors in host memory, for code that does not see Torch.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace espalier::graph {

/// Channels first, without the batch axis: {channels, height, width} or {features}.
using Shape = std::vector<std::int64_t>;
std::int64_t elements(const Shape& shape);
/// "1x49x10".
std::string text_of(const Shape& shape);

enum class Type { float32, int8, uint8, int32, int64 };
std::size_t size_of(Type type);

/// Row-major, contiguous.
struct Tensor {
  Type type = Type::float32;
  Shape shape;
  std::vector<std::uint8_t> bytes;

  Tensor() = default;
  Tensor(Type element, Shape extents);  ///< zeros
  static Tensor of(Shape shape, std::span<const float> values);
  static Tensor of(Shape shape, std::span<const std::uint8_t> values);

  std::span<float> floats();  ///< throws Error(failed) unless float32; likewise below
  std::span<const float> floats() const;
  std::span<std::uint8_t> flags();  ///< uint8
  std::span<const std::uint8_t> flags() const;
  std::span<std::int64_t> integers();
  std::span<const std::int64_t> integers() const;
  bool operator==(const Tensor&) const = default;
};

/// The slices `kept` along `axis`, in that order; any type.
Tensor take(const Tensor& tensor, int axis, std::span<const std::int64_t> kept);

}  // namespace espalier::graph
