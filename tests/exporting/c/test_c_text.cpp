#include "exporting/c/c_text.h"

#include <limits>

#include "base/error.h"
#include "catch.h"

namespace espalier::exporting::c {

TEST_CASE("numbers become literals of C", "[c]") {
  CHECK(integer_text(-128) == "-128");
  CHECK(integer_text(std::numeric_limits<std::int32_t>::min()) == "(-2147483647 - 1)");
  CHECK(integer_text(std::numeric_limits<std::int32_t>::max()) == "2147483647");
  CHECK(float_text(2) == "2.0f");
  CHECK(float_text(0.1F) == "0.1f");
  CHECK(float_text(1e-30F) == "1e-30f");
  CHECK_THROWS_AS(float_text(std::numeric_limits<float>::infinity()), Error);
}

TEST_CASE("texts become literals and comments that end where they should", "[c]") {
  CHECK(string_literal("a\"b\\c?d\n\xC3\xBC") == "\"a\\\"b\\\\c\\?d\\012\\303\\274\"");
  CHECK(comment_text("a*/b\\\n\xC3") == "a?/b???");
}

TEST_CASE("arrays name their type and size and stay within 120 columns", "[c]") {
  CHECK(array_text("x", std::vector<std::int8_t>{-1, 2}) == "static const int8_t x[2] = {-1, 2};\n");
  CHECK(array_text("x", std::vector<std::uint16_t>{7}) == "static const uint16_t x[1] = {7};\n");
  CHECK(array_text("x", std::vector<float>{0.5F}) == "static const float x[1] = {0.5f};\n");
  const auto text = values_text(std::vector<std::int32_t>(100, -1234567));
  for (std::size_t begin = 0, end = 0; end != text.npos; begin = end + 1) {
    end = text.find('\n', begin);
    CHECK((end == text.npos ? text.size() : end) - begin <= 120);
  }
}

TEST_CASE("templates are filled, mail addresses left alone, missing values refused", "[c]") {
  CHECK(filled("a @X@, @Y_Z@ b", {{"X", "1"}, {"Y_Z", "@X@"}}) == "a 1, @X@ b");
  CHECK(filled("me@here, you@there @X@", {{"X", "1"}}) == "me@here, you@there 1");
  CHECK_THROWS_AS(filled("@X@", {}), Error);
}

}  // namespace espalier::exporting::c
