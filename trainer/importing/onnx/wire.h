// What ONNX files' readers need of Protocol Buffers' wire format (protobuf.dev/programming-guides/encoding).
#pragma once
#include <protozero/pbf_reader.hpp>
#include <string_view>

namespace espalier::importing::onnx {

inline constexpr auto varint = protozero::pbf_wire_type::varint;
inline constexpr auto text = protozero::pbf_wire_type::length_delimited;
inline constexpr auto fixed32 = protozero::pbf_wire_type::fixed32;
inline constexpr auto fixed64 = protozero::pbf_wire_type::fixed64;

/// The field's bytes, inside of the message.
inline std::string_view view(protozero::pbf_reader& message) {
  const auto data = message.get_view();
  return {data.data(), data.size()};
}

/// For people: protozero names its own classes.
inline const char* damage_of(const protozero::exception& e) {
  return dynamic_cast<const protozero::end_of_buffer_exception*>(&e) ? "it is cut off, or a length in it is wrong"
                                                                     : "it holds what the format does not have";
}

}  // namespace espalier::importing::onnx
