#include "base/printable.h"

#include "catch.h"

using namespace espalier;
using namespace std::string_literals;

TEST_CASE("text of every script is kept as it is") {
  for (const std::string text : {"", "plain ~", "Größe 5 µm", "日本語", "\xF0\x9F\x98\x80"})
    CHECK(printable(text) == text);
}

TEST_CASE("control characters and what is no UTF-8 are written as numbers") {
  CHECK(printable("a\r\nb\tc"s) == "a\\x0D\\x0Ab\\x09c");
  CHECK(printable("\0\x7F"s) == "\\x00\\x7F");
  CHECK(printable("\x1B[2J"s) == "\\x1B[2J");
  CHECK(printable("l\xE4"s + "bel") == "l\\xE4bel");
  CHECK(printable("\xC0\x80\xFF"s) == "\\xC0\\x80\\xFF");
  CHECK(printable("\xC2\x9B"s) == "\\xC2\\x9B");
  CHECK(printable("\xE2\x82"s) == "\\xE2\\x82");
}

TEST_CASE("a text without an end is cut off, not within a character") {
  CHECK(printable(std::string(5000, 'x'), 10) == "xxxxxxxxxx…");
  CHECK(printable("ééé", 3) == "éé…");
}
