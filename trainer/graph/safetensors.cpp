#include "graph/safetensors.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/text.h"

namespace espalier::graph {
namespace {

constexpr std::size_t length_bytes = 8;
constexpr std::size_t most_header_bytes = 100'000'000;  // the format's own limit
constexpr std::size_t most_keys = 65'536;               // of one JSON object; looking a key up takes time in proportion
constexpr std::size_t most_tensor_bytes = std::size_t{1} << 60;
constexpr const char* metadata_key = "__metadata__";

constexpr std::pair<Type, const char*> type_names[] = {
    {Type::float32, "F32"}, {Type::int8, "I8"}, {Type::uint8, "U8"}, {Type::int32, "I32"}, {Type::int64, "I64"}};

const char* name_of(Type type) {
  return std::find_if(std::begin(type_names), std::end(type_names),
                      [&](const auto& entry) { return entry.first == type; })
      ->second;
}

using Entry = std::pair<const std::string, Tensor>;

std::vector<const Entry*> in_file_order(const TensorFile& file) {
  std::vector<const Entry*> order;
  for (const auto& entry : file.tensors) order.push_back(&entry);
  std::stable_sort(order.begin(), order.end(),
                   [](const Entry* a, const Entry* b) { return size_of(a->second.type) > size_of(b->second.type); });
  return order;
}

std::string header_of(const TensorFile& file, const std::vector<const Entry*>& order) {
  Json header = Json::map();
  if (!file.metadata.empty()) {
    Json metadata = Json::map();
    for (const auto& [key, text] : file.metadata) metadata.set(key, text);
    header.set(metadata_key, std::move(metadata));
  }
  std::int64_t at = 0;
  for (const auto* entry : order) {
    const auto& [name, tensor] = *entry;
    if (name == metadata_key) fail(concat("a tensor cannot be named ", metadata_key));
    if (tensor.bytes.size() != static_cast<std::size_t>(elements(tensor.shape)) * size_of(tensor.type))
      fail(concat("tensor '", name, "' does not hold ", text_of(tensor.shape), " elements"));
    const auto end = at + static_cast<std::int64_t>(tensor.bytes.size());
    Json place = Json::map();
    place.set("dtype", name_of(tensor.type));
    place.set("shape", Json::list_of(tensor.shape));
    place.set("data_offsets", Json::list_of(std::vector<std::int64_t>{at, end}));
    header.set(name, std::move(place));
    at = end;
  }
  auto text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  return text;
}

/// What lies where, and how much there is of it.
struct Place {
  std::string name;
  Type type = Type::float32;
  Shape shape;
  std::size_t begin = 0, end = 0;
};

class Decoder {
 public:
  Decoder(std::span<const std::uint8_t> bytes, const std::string& origin) : bytes_(bytes), origin_(origin) {}

  TensorFile decode() {
    const auto header = header_text();
    check_structure(header);
    const Json json = Json::parse(header, origin_);
    if (!json.is_map()) refuse_file("its header is not a JSON object");
    TensorFile file;
    std::vector<Place> places;
    for (const auto& [name, value] : json.entries()) {
      if (name == metadata_key)
        read_metadata(value, file);
      else
        places.push_back(read_place(name, value));
    }
    check_cover(places);
    for (const auto& place : places) {
      Tensor tensor(place.type, place.shape);
      if (!tensor.bytes.empty()) std::memcpy(tensor.bytes.data(), data_.data() + place.begin, tensor.bytes.size());
      file.tensors.emplace(place.name, std::move(tensor));
    }
    return file;
  }

 private:
  [[noreturn]] void refuse_file(const std::string& why) const {
    mistake(origin_, "is not a sound safetensors file: " + why);
  }

  std::string header_text() {
    if (bytes_.size() < length_bytes) refuse_file("it is shorter than 8 bytes");
    std::uint64_t length = 0;
    for (std::size_t i = 0; i < length_bytes; ++i) length |= std::uint64_t{bytes_[i]} << 8 * i;
    if (length > bytes_.size() - length_bytes) refuse_file("it is cut off within its header");
    if (length > most_header_bytes) refuse_file("its header is larger than 100 MB");
    data_ = bytes_.subspan(length_bytes + length);
    return {reinterpret_cast<const char*>(bytes_.data()) + length_bytes, static_cast<std::size_t>(length)};
  }

  /// Before a JSON reader sees it: nesting that could exhaust the stack, objects too large to look up in, keys given
  /// twice (which readers swallow) are all visible in the bare text. Keys are compared as written.
  void check_structure(const std::string& text) const {
    std::vector<std::vector<std::string_view>> keys;
    std::string_view last;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      if (c == '"') {
        const auto start = ++i;
        while (i < text.size() && text[i] != '"') i += text[i] == '\\' ? 2 : 1;
        last = std::string_view(text).substr(start, std::min(i, text.size()) - start);
      } else if (c == ':' && !keys.empty()) {
        keys.back().push_back(last);
        if (keys.back().size() > most_keys) refuse_file("its header holds too many names");
      } else if (c == '{' || c == '[') {
        keys.emplace_back();
        if (keys.size() > 8) refuse_file("its header is nested too deeply");
      } else if ((c == '}' || c == ']') && !keys.empty()) {
        check_unique(keys.back());
        keys.pop_back();
      }
    }
  }

  void check_unique(std::vector<std::string_view>& keys) const {
    std::sort(keys.begin(), keys.end());
    const auto twice = std::adjacent_find(keys.begin(), keys.end());
    if (twice != keys.end()) refuse_file(concat("the name '", *twice, "' is given twice"));
  }

  void read_metadata(const Json& value, TensorFile& file) const {
    if (!value.is_map()) refuse_file("its __metadata__ is not an object");
    for (const auto& [key, text] : value.entries()) {
      if (!text.is_text()) refuse_file(concat("metadata '", key, "' is not text"));
      file.metadata[key] = text.text();
    }
  }

  std::size_t read_size(const Json& value, const std::string& name) const {
    constexpr double most = 1ll << 53;
    if (!value.is_number() || !(value.number() >= 0 && value.number() <= most) ||
        value.number() != static_cast<double>(static_cast<std::int64_t>(value.number())))
      refuse_file(concat("tensor '", name, "' has an extent or offset that is no size"));
    return static_cast<std::size_t>(value.number());
  }

  Place read_place(const std::string& name, const Json& value) const {
    const auto &dtype = value.at("dtype"), &shape = value.at("shape"), &offsets = value.at("data_offsets");
    if (!value.is_map() || value.entries().size() != 3 || !dtype.is_text() || !shape.is_list() || !offsets.is_list() ||
        offsets.items().size() != 2)
      refuse_file(concat("tensor '", name, "' needs dtype, shape and data_offsets"));
    Place place;
    place.name = name;
    place.type = read_type(dtype.text(), name);
    place.begin = read_size(offsets.items()[0], name);
    place.end = read_size(offsets.items()[1], name);
    if (place.begin > place.end || place.end > data_.size())
      refuse_file(concat("tensor '", name, "' lies outside of the file's ", data_.size(), " bytes of data"));
    std::size_t size = size_of(place.type);
    for (const auto& item : shape.items()) {
      const auto extent = read_size(item, name);
      if (extent != 0 && size > most_tensor_bytes / extent)
        refuse_file(concat("tensor '", name, "' has a shape beyond all bounds"));
      size *= extent;
      place.shape.push_back(static_cast<std::int64_t>(extent));
    }
    if (size != place.end - place.begin)
      refuse_file(concat("tensor '", name, "' of shape ", text_of(place.shape), " does not fit its ",
                         place.end - place.begin, " bytes"));
    return place;
  }

  Type read_type(const std::string& text, const std::string& name) const {
    for (const auto& [type, known] : type_names)
      if (text == known) return type;
    refuse_file(concat("tensor '", name, "' has the type ", text, "; F32, I8, U8, I32 and I64 can be read"));
  }

  void check_cover(std::vector<Place>& places) const {
    std::sort(places.begin(), places.end(),
              [](const Place& a, const Place& b) { return std::pair(a.begin, a.end) < std::pair(b.begin, b.end); });
    std::size_t at = 0;
    for (const auto& place : places) {
      if (place.begin < at) refuse_file(concat("tensor '", place.name, "' overlaps another"));
      if (place.begin > at) refuse_file(concat("bytes before tensor '", place.name, "' belong to none"));
      at = place.end;
    }
    if (at != data_.size()) refuse_file(concat("its data is ", data_.size(), " bytes, its tensors take ", at));
  }

  std::span<const std::uint8_t> bytes_, data_;
  const std::string& origin_;
};

}  // namespace

std::vector<std::uint8_t> encode_safetensors(const TensorFile& file) {
  const auto order = in_file_order(file);
  const auto header = header_of(file, order);
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i < length_bytes; ++i)
    bytes.push_back(static_cast<std::uint8_t>(std::uint64_t{header.size()} >> 8 * i));
  bytes.insert(bytes.end(), header.begin(), header.end());
  for (const auto* entry : order) bytes.insert(bytes.end(), entry->second.bytes.begin(), entry->second.bytes.end());
  return bytes;
}

TensorFile decode_safetensors(std::span<const std::uint8_t> bytes, const std::string& origin) {
  return Decoder(bytes, origin).decode();
}

void save_safetensors(const std::filesystem::path& path, const TensorFile& file) {
  write_atomically(path, encode_safetensors(file));
}

TensorFile load_safetensors(const std::filesystem::path& path) {
  return decode_safetensors(read_bytes(path), path.string());
}

}  // namespace espalier::graph
