#include "datasets/idx_array.h"

#include "catch.h"
#include "small_images.h"

using namespace espalier;
using namespace espalier::datasets;
using namespace espalier::testing;

namespace {

IdxArray parsed(const std::string& bytes) {
  return parse_idx({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, "a.idx");
}

std::string refusal_of(const std::string& bytes) {
  try {
    parsed(bytes);
  } catch (const Error& error) {
    CHECK(error.problems()[0].origin == "a.idx");
    return error.problems()[0].text;
  }
  return "accepted";
}

}  // namespace

TEST_CASE("parse_idx: extents and values") {
  const auto array = parsed(idx_bytes({2, 3}, "abcdef"));
  CHECK(array.extents == std::vector<std::int64_t>{2, 3});
  CHECK(std::string(array.values.begin(), array.values.end()) == "abcdef");
  CHECK(parsed(idx_bytes({0, 28, 28}, "")).values.empty());
}

TEST_CASE("parse_idx: damaged files") {
  CHECK(refusal_of("") == "is empty (0 bytes)");
  CHECK(refusal_of("\x1F\x8B\x08 and so on").find("gunzip") != std::string::npos);
  CHECK(refusal_of("P6 1 1 255") == "is no IDX file (wrong magic number)");
  CHECK(refusal_of(std::string("\0\0\x0D\x01", 4) + big(1) + "abcd").find("type 0x0D") != std::string::npos);
  CHECK(refusal_of(std::string("\0\0\x08\x09", 4)).find("9 dimensions") != std::string::npos);
  CHECK(refusal_of(std::string("\0\0\x08\x03\0\0", 6)) == "is cut off within its header");
  CHECK(refusal_of(idx_bytes({2, 3}, "abcde")) == "promises 6 bytes of numbers and holds 5");
  CHECK(refusal_of(idx_bytes({2, 3}, "abcdefg")) == "promises 6 bytes of numbers and holds 7");
}

TEST_CASE("parse_idx: a header of gigabytes in a small file allocates nothing, whatever it multiplies to") {
  const std::string kilobyte(1000, 'x');
  CHECK(refusal_of(idx_bytes({4'000'000'000u}, kilobyte)) == "promises 4000000000 bytes of numbers and holds 1000");
  CHECK(refusal_of(idx_bytes({65536, 65536, 65536, 65536}, kilobyte)).find("promises 18446744073709551615") == 0);
  CHECK(refusal_of(idx_bytes({1u << 31, 1u << 31, 4, 250}, kilobyte)).find("promises") == 0);
}
