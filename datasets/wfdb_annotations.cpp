#include "datasets/wfdb_annotations.h"

#include <fmt/core.h>

#include <array>
#include <string_view>

#include "base/error.h"

namespace espalier::datasets {
namespace {

/// Symbols of the codes 0 to 41 (ecgcodes.h of the WFDB library); a blank has none.
constexpr std::string_view symbols = " NLRaVFJASEj/Q~ | sT*D\"=pB^t+u?![]en@xf()r";

std::string symbol_of(int code) {
  const auto at = static_cast<std::size_t>(code);
  return at < symbols.size() && symbols[at] != ' ' ? std::string(1, symbols[at]) : fmt::format("[{}]", code);
}

class AnnotationReading {
 public:
  AnnotationReading(std::span<const std::uint8_t> bytes, const std::string& origin) : bytes_(bytes), origin_(origin) {}

  std::vector<WfdbAnnotation> read() {
    if (bytes_.empty()) mistake(origin_, "is empty (0 bytes)");
    for (;;) {
      const auto word = next();
      const int code = word >> 10, amount = word & 0x3FF;
      if (word == 0) return std::move(found_);
      if (code == skip)
        jump();
      else if (code == auxiliary)
        pass(static_cast<std::size_t>(amount + amount % 2));
      else if (code < number || code > auxiliary)
        add(code, amount);
    }
  }

 private:
  static constexpr int skip = 59, number = 60, auxiliary = 63;  // 61 and 62 are the subtype and the channel

  /// Some files end without the final zero.
  int next() {
    if (at_ == bytes_.size()) return 0;
    if (bytes_.size() - at_ < 2) cut_off();
    const int word = bytes_[at_] | bytes_[at_ + 1] << 8;
    at_ += 2;
    return word;
  }

  /// A distance of 32 bits, its upper half first.
  void jump() {
    if (bytes_.size() - at_ < 4) cut_off();
    const int high = next(), low = next();
    time_ += static_cast<std::int32_t>(static_cast<std::uint32_t>(high) << 16 | static_cast<std::uint32_t>(low));
  }

  void pass(std::size_t bytes) {
    if (bytes_.size() - at_ < bytes) cut_off();
    at_ += bytes;
  }

  void add(int code, int distance) {
    time_ += distance;
    if (time_ < 0) mistake(origin_, fmt::format("an annotation lies {} samples before the record", -time_));
    found_.push_back({time_, symbol_of(code)});
  }

  [[noreturn]] void cut_off() const { mistake(origin_, "ends in the middle of an annotation; the file is cut off"); }

  std::span<const std::uint8_t> bytes_;
  const std::string& origin_;
  std::size_t at_ = 0;
  std::int64_t time_ = 0;
  std::vector<WfdbAnnotation> found_;
};

}  // namespace

std::vector<WfdbAnnotation> parse_wfdb_annotations(std::span<const std::uint8_t> bytes, const std::string& origin) {
  return AnnotationReading(bytes, origin).read();
}

char aami_class(const std::string& symbol) {
  if (symbol.size() != 1) return '\0';
  struct Group {
    char name;
    std::string_view symbols;
  };
  constexpr std::array<Group, 5> groups = {{{'N', "NLRBej"}, {'S', "AaJSn"}, {'V', "VEr"}, {'F', "F"}, {'Q', "/fQ?"}}};
  for (const auto& group : groups)
    if (group.symbols.find(symbol[0]) != std::string_view::npos) return group.name;
  return '\0';
}

}  // namespace espalier::datasets
