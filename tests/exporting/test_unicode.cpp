#include "exporting/unicode.h"

#include "catch.h"

namespace espalier::exporting {

TEST_CASE("every code point survives UTF-8 and back", "[unicode]") {
  for (char32_t point = 1; point <= 0x10ffff; point += point < 0x1000 ? 1 : 97) {
    if (point >= 0xd800 && point <= 0xdfff) continue;
    REQUIRE(utf32(utf8(std::u32string(1, point))) == std::u32string(1, point));
  }
}

TEST_CASE("damaged sequences become the replacement character", "[unicode]") {
  CHECK(utf32("a\xff"
              "b") ==
        U"a\xfffd"
        U"b");
  CHECK(utf32("\xc3") == U"\xfffd");
  CHECK(utf32("\xc0\x80").front() == 0xfffd);      // overlong
  CHECK(utf32("\xed\xa0\x80").front() == 0xfffd);  // a surrogate
  CHECK(utf8(std::u32string(1, 0x110000)) == "\xef\xbf\xbd");
  CHECK(utf32("\xef\xbf\xbdx") == U"\xfffdx");
}

}  // namespace espalier::exporting
