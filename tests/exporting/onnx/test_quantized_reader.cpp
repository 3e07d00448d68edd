#include "exporting/onnx/quantized_reader.h"

#include "base/error.h"
#include "base/random.h"
#include "catch.h"
#include "exporting/onnx/quantized_writer.h"
#include "exporting/random_programs.h"
#include "exporting/readback.h"

namespace espalier::exporting::onnx {
namespace {

using Bytes = std::vector<std::uint8_t>;

/// True when the bytes were understood; false for a refusal that names the file. Everything else ends the test.
bool understood(std::span<const std::uint8_t> bytes) {
  try {
    read_quantized(bytes, "damaged.onnx");
    return true;
  } catch (const Error& error) {
    REQUIRE(error.code() == Exit::mistake);
    REQUIRE(std::string(error.what()).find("damaged.onnx") == 0);
    return false;
  }
}

Bytes small_model() {
  random_programs::Builder net(5, "small");
  auto x = net.input({4, 4, 1});
  x = net.conv(x, 2, 3, 3, 2, random_programs::Margin::half, integer::Clamp::relu);
  net.dense(x, 3, true, integer::Clamp::none);
  net.program.labels = {"a", "b", "c"};
  return write_quantized(net.program, {"small", {}, "{\"type\": \"mfcc\"}"});
}

}  // namespace

TEST_CASE("an int8 ONNX file is read back, field by field", "[onnx]") {
  for (std::uint64_t seed = 0; seed < 20; ++seed)
    for (const auto& whole : random_programs::every_kind(seed)) {
      const auto program = numbered_as_written(random_programs::cut_at_logits(whole));
      const auto found = read_quantized(write_quantized(program, {}), "model.onnx").program;
      INFO(program.name << " " << seed);
      CHECK(compare(program, found) == std::vector<std::string>{});
    }
}

TEST_CASE("labels and the front end come back", "[onnx]") {
  const auto found = read_quantized(small_model(), "model.onnx");
  CHECK(found.program.labels == std::vector<std::string>{"a", "b", "c"});
  CHECK(found.front_end == "{\"type\": \"mfcc\"}");
}

TEST_CASE("every truncation of an int8 ONNX file is refused or harmless", "[onnx][hostile]") {
  const auto whole = small_model();
  REQUIRE(understood(whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    // Behind the graph only metadata can be lost.
    if (understood(part)) CHECK(whole.size() - size < 150);
  }
}

TEST_CASE("changed bytes of an int8 ONNX file are refused, or read as another program", "[onnx][hostile]") {
  const auto whole = small_model();
  Random random(3, "damage");
  for (int i = 0; i < 6000; ++i) {
    auto bytes = whole;
    for (std::uint32_t changes = 1 + random.below(3); changes > 0; --changes)
      bytes[random.below(static_cast<std::uint32_t>(bytes.size()))] = static_cast<std::uint8_t>(random.bits());
    understood(bytes);
  }
}

}  // namespace espalier::exporting::onnx
