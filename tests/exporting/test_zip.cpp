#include "exporting/zip.h"

#include "base/error.h"
#include "base/random.h"
#include "catch.h"

namespace espalier::exporting {
namespace {

std::vector<std::uint8_t> bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

}  // namespace

TEST_CASE("CRC-32 has the check value of its standard", "[zip]") {
  CHECK(crc32(bytes_of("123456789")) == 0xcbf43926u);
  CHECK(crc32({}) == 0);
}

TEST_CASE("members come back in order", "[zip]") {
  const auto packed =
      pack_zip({{"first", bytes_of("one")}, {"empty", {}}, {"folder/third", bytes_of(std::string(5000, 'x'))}});
  const auto found = unpack_zip(packed, "a.zip");
  REQUIRE(found.size() == 3);
  CHECK(found[0].name == "first");
  CHECK(found[0].bytes == bytes_of("one"));
  CHECK(found[1].bytes.empty());
  CHECK(found[2].name == "folder/third");
  CHECK(found[2].bytes.size() == 5000);
}

TEST_CASE("a changed byte of the content is noticed", "[zip]") {
  auto packed = pack_zip({{"a", bytes_of("content")}});
  packed[33] ^= 1;
  CHECK_THROWS_AS(unpack_zip(packed, "a.zip"), Error);
}

TEST_CASE("truncated and flipped archives are read or refused", "[zip][hostile]") {
  const auto packed = pack_zip({{"a.npy", bytes_of("content")}, {"b.npy", bytes_of("more")}});
  for (std::size_t size = 0; size < packed.size(); ++size)
    CHECK_THROWS_AS(unpack_zip(std::span(packed).first(size), "a.zip"), Error);
  Random random(1, "flips");
  for (int i = 0; i < 20000; ++i) {
    auto other = packed;
    other[random.below(static_cast<std::uint32_t>(other.size()))] = static_cast<std::uint8_t>(random.below(256));
    try {
      unpack_zip(other, "a.zip");
    } catch (const Error& error) {
      REQUIRE(error.code() == Exit::mistake);
    }
  }
}

}  // namespace espalier::exporting
