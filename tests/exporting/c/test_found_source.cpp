#include "exporting/c/found_source.h"

#include <array>

#include "base/error.h"
#include "catch.h"
#include "exporting/random_programs.h"

namespace espalier::exporting::c {
namespace {

/// Gives {3, 4, 7}: a detector of two classes.
integer::Program detector() {
  random_programs::Builder net(3, "detector");
  const auto x = net.input({6, 8, 3});
  net.conv(x, 7, 3, 3, 2, random_programs::Margin::same, integer::Clamp::none);
  return net.program;
}

struct Decoder {
  std::array<std::uint16_t, 256> sigmoid{};
  espalier_box_decoder spec{};
  Decoder() {
    for (std::size_t i = 0; i < 256; ++i) sigmoid[i] = static_cast<std::uint16_t>(i * 257);
    spec = {3, 4, 2, 8, -5, 70000, 6554, 16384, sigmoid.data()};
  }
};

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a detector's C says how its outputs become boxes, and carries the decoder") {
  const auto program = detector();
  const Decoder decoder;
  Options options;
  options.name = "detector";
  options.boxes = decoder.spec;
  const auto found = found_source(program, options);
  CHECK(has(found.header, "int32_t found_in(const int8_t* output, espalier_box* found, int32_t capacity);"));
  CHECK(has(found.source, "{3, 4, 2, 8, -5, 70000, 6554, 16384, sigmoid}"));
  CHECK(has(found.source, "65535"));
  CHECK(has(found.source, "espalier_decode_boxes(&decoder, output, found, capacity)"));
  options.boxes->rows = 4;
  CHECK_THROWS_AS(found_source(program, options), Error);
}

TEST_CASE("a detector of points likewise, and other models have neither") {
  const auto program = detector();
  Options options;
  options.name = "detector";
  CHECK(found_source(program, options).header.empty());
  options.points = espalier_centroid_decoder{3, 4, 6, 12};
  const auto found = found_source(program, options);
  CHECK(has(found.source, "{3, 4, 6, 12}"));
  CHECK(has(found.header, "espalier_centroid"));
  options.points->classes = 5;
  CHECK_THROWS_AS(found_source(program, options), Error);
}

}  // namespace espalier::exporting::c
