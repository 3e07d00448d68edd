#include "importing/onnx/tensor.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <protozero/pbf_reader.hpp>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "importing/onnx/wire.h"

namespace espalier::importing::onnx {
namespace {

using protozero::pbf_reader;
using protozero::tag_and_type;

// onnx/onnx.proto: TensorProto, StringStringEntryProto.
namespace field {
constexpr int dims = 1, type = 2, segment = 3, reals = 4, int32s = 5, int64s = 7, name = 8, raw = 9, doubles = 10,
              uint64s = 11, external = 13, location = 14, key = 1, value = 2;
}
constexpr std::size_t most_axes = 8;

/// A TensorProto as it is written.
struct Written {
  std::string_view name, raw;
  DataType type = DataType::undefined;
  Shape dims;
  bool has_raw = false, segmented = false, external = false;
  std::vector<float> reals;                  ///< float_data, double_data
  std::vector<std::int64_t> wholes;          ///< int32_data, int64_data, uint64_data
  std::map<std::string, std::string> where;  ///< of external data: location, offset, length
};

void read_where(pbf_reader entry, Written& written) {
  std::string key, value;
  while (entry.next()) switch (entry.tag_and_type()) {
      case tag_and_type(field::key, text):
        key = std::string(view(entry));
        break;
      case tag_and_type(field::value, text):
        value = std::string(view(entry));
        break;
      default:
        entry.skip();
    }
  written.where[key] = value;
}

void add_extent(std::int64_t extent, Written& written) {
  if (written.dims.size() == most_axes) throw Unreadable{concat("a tensor of more than ", most_axes, " axes")};
  written.dims.push_back(extent);
}

template <class Range, class Numbers>
void append(const Range& range, Numbers& numbers) {
  for (const auto number : range) numbers.push_back(static_cast<typename Numbers::value_type>(number));
}

Written read(std::string_view bytes) {
  pbf_reader m(bytes.data(), bytes.size());
  Written w;
  while (m.next()) switch (m.tag_and_type()) {
      case tag_and_type(field::dims, varint):
        add_extent(m.get_int64(), w);
        break;
      case tag_and_type(field::dims, text):
        for (const auto extent : m.get_packed_int64()) add_extent(extent, w);
        break;
      case tag_and_type(field::type, varint):
        w.type = static_cast<DataType>(m.get_int32());
        break;
      case tag_and_type(field::segment, text):
        w.segmented = true;
        m.skip();
        break;
      case tag_and_type(field::name, text):
        w.name = view(m);
        break;
      case tag_and_type(field::raw, text):
        w.raw = view(m);
        w.has_raw = true;
        break;
      case tag_and_type(field::reals, fixed32):
        w.reals.push_back(m.get_float());
        break;
      case tag_and_type(field::reals, text):
        append(m.get_packed_float(), w.reals);
        break;
      case tag_and_type(field::doubles, fixed64):
        w.reals.push_back(static_cast<float>(m.get_double()));
        break;
      case tag_and_type(field::doubles, text):
        append(m.get_packed_double(), w.reals);
        break;
      case tag_and_type(field::int32s, varint):
        w.wholes.push_back(m.get_int32());
        break;
      case tag_and_type(field::int32s, text):
        append(m.get_packed_int32(), w.wholes);
        break;
      case tag_and_type(field::int64s, varint):
        w.wholes.push_back(m.get_int64());
        break;
      case tag_and_type(field::int64s, text):
        append(m.get_packed_int64(), w.wholes);
        break;
      case tag_and_type(field::external, text):
        read_where(m.get_message(), w);
        break;
      case tag_and_type(field::location, varint):
        w.external = m.get_int32() != 0;
        break;
      default:
        m.skip();
    }
  return w;
}

/// IEEE 754 binary16.
float from_half(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  float value = 0;
  if (exponent == 31)
    value = fraction ? NAN : INFINITY;
  else
    value = exponent ? std::ldexp(static_cast<float>(1024 + fraction), exponent - 25)
                     : std::ldexp(static_cast<float>(fraction), -24);
  return bits & 0x8000 ? -value : value;
}
float from_bfloat(std::uint16_t bits) { return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16); }

/// raw_data is little endian, as this machine is.
template <class Element, class Numbers, class Convert>
void unpack(std::string_view raw, Numbers& numbers, Convert convert) {
  numbers.reserve(raw.size() / sizeof(Element));
  for (std::size_t at = 0; at + sizeof(Element) <= raw.size(); at += sizeof(Element)) {
    Element element;
    std::memcpy(&element, raw.data() + at, sizeof element);
    numbers.push_back(convert(element));
  }
}

const auto as_real = [](auto number) { return static_cast<float>(number); };
const auto as_whole = [](auto number) { return static_cast<std::int64_t>(number); };

std::size_t bytes_of(DataType type) {
  switch (type) {
    case DataType::uint8:
    case DataType::int8:
    case DataType::boolean:
      return 1;
    case DataType::uint16:
    case DataType::int16:
    case DataType::float16:
    case DataType::bfloat16:
      return 2;
    case DataType::float32:
    case DataType::int32:
      return 4;
    case DataType::int64:
    case DataType::float64:
      return 8;
    default:
      throw Unreadable{concat("a tensor of ", name_of(type), " cannot be read")};
  }
}

void unpack(std::string_view raw, Constant& constant) {
  switch (constant.type) {
    case DataType::float32:
      return unpack<float>(raw, constant.reals, as_real);
    case DataType::float64:
      return unpack<double>(raw, constant.reals, as_real);
    case DataType::float16:
      return unpack<std::uint16_t>(raw, constant.reals, from_half);
    case DataType::bfloat16:
      return unpack<std::uint16_t>(raw, constant.reals, from_bfloat);
    case DataType::uint8:
      return unpack<std::uint8_t>(raw, constant.wholes, as_whole);
    case DataType::int8:
      return unpack<std::int8_t>(raw, constant.wholes, as_whole);
    case DataType::boolean:
      return unpack<std::uint8_t>(raw, constant.wholes, [](auto number) { return std::int64_t{number != 0}; });
    case DataType::uint16:
      return unpack<std::uint16_t>(raw, constant.wholes, as_whole);
    case DataType::int16:
      return unpack<std::int16_t>(raw, constant.wholes, as_whole);
    case DataType::int32:
      return unpack<std::int32_t>(raw, constant.wholes, as_whole);
    default:
      return unpack<std::int64_t>(raw, constant.wholes, as_whole);
  }
}

/// float16 and bfloat16 are written as bits in int32_data.
void take_lists(Written& written, Constant& constant) {
  if (constant.type == DataType::float16 || constant.type == DataType::bfloat16) {
    for (const auto bits : written.wholes) {
      const auto half = static_cast<std::uint16_t>(bits);
      constant.reals.push_back(constant.type == DataType::float16 ? from_half(half) : from_bfloat(half));
    }
    return;
  }
  constant.reals = std::move(written.reals);
  constant.wholes = std::move(written.wholes);
  const auto width = bytes_of(constant.type);
  for (const auto number : constant.wholes) {  // int32_data holds the narrower types, too
    if (width == 8) break;
    const bool is_signed =
        constant.type == DataType::int8 || constant.type == DataType::int16 || constant.type == DataType::int32;
    const auto most = (std::int64_t{1} << (8 * width - (is_signed ? 1 : 0))) - 1;
    if (number > most || number < (is_signed ? -most - 1 : 0))
      throw Unreadable{concat("a tensor of ", name_of(constant.type), " holds ", number)};
  }
}

std::size_t number_at(const Written& written, const char* key, std::size_t otherwise) {
  const auto found = written.where.find(key);
  if (found == written.where.end()) return otherwise;
  const auto& digits = found->second;
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size())
    throw Unreadable{concat("external data with the ", key, " '", shown(digits), "'")};
  return number;
}

std::string_view external(const Written& written, ExternalFiles& files) {
  const auto location = written.where.find("location");
  if (location == written.where.end()) throw Unreadable{"external data without a location"};
  const auto whole = files.bytes(location->second);
  const auto offset = number_at(written, "offset", 0);
  if (offset > whole.size())
    throw Unreadable{concat("external data from byte ", offset, " of '", shown(location->second), "', which has ",
                            whole.size(), " bytes")};
  const auto length = number_at(written, "length", whole.size() - offset);
  if (length > whole.size() - offset)
    throw Unreadable{concat("'", shown(location->second), "' ends before byte ", offset, " + ", length)};
  return whole.substr(offset, length);
}

}  // namespace

std::string_view ExternalFiles::bytes(const std::string& location) {
  const auto found = files_.find(location);
  if (found == files_.end()) {
    const bool plain = !location.empty() && location != "." && location != ".." &&
                       location.find_first_of(std::string("/\\:\0", 4)) == std::string::npos;
    if (!plain)
      throw Unreadable{concat("external data at '", shown(location),
                              "'; only a file in the model's own folder, by its plain name, is read")};
    const auto path = std::filesystem::path(folder_) / location;
    std::error_code error;
    const auto status = std::filesystem::symlink_status(path, error);
    if (!std::filesystem::exists(status))
      throw Unreadable{concat("external data in '", shown(location), "', which is not beside the model")};
    if (!std::filesystem::is_regular_file(status))
      throw Unreadable{concat("external data in '", shown(location), "', which is a link or no file")};
    auto bytes = read_bytes(path);
    size_ += bytes.size();
    files_[location] = std::move(bytes);
  }
  const auto& bytes = files_[location];
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::int64_t checked_elements(const Shape& shape) {
  if (shape.size() > most_axes) throw Unreadable{concat(shape.size(), " axes; at most ", most_axes, " can be read")};
  std::int64_t all = 1;
  for (const auto extent : shape) {
    if (extent < 0) throw Unreadable{concat("a negative extent: ", graph::text_of(shape))};
    if (__builtin_mul_overflow(all, extent, &all) || all > std::int64_t{1} << 40)
      throw Unreadable{concat("too many elements: ", graph::text_of(shape))};
  }
  return all;
}

Constant decode(std::string_view tensor, ExternalFiles& files) {
  try {
    auto written = read(tensor);
    if (written.segmented) throw Unreadable{"a tensor in segments cannot be read"};
    const auto width = bytes_of(written.type);
    const auto elements = static_cast<std::size_t>(checked_elements(written.dims));
    Constant constant{written.type, written.dims, {}, {}, std::string(written.name)};
    if (written.external || written.has_raw) {
      const auto raw = written.external ? external(written, files) : written.raw;
      if (raw.size() != elements * width)
        throw Unreadable{
            concat(raw.size(), " bytes for ", graph::text_of(written.dims), " numbers of ", name_of(written.type))};
      unpack(raw, constant);
    } else {
      take_lists(written, constant);
    }
    if (constant.count() != elements)
      throw Unreadable{concat(constant.count(), " numbers for ", graph::text_of(written.dims))};
    return constant;
  } catch (const protozero::exception& e) {
    throw Unreadable{concat("a damaged tensor: ", damage_of(e))};
  }
}

}  // namespace espalier::importing::onnx
