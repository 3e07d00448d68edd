#include "datasets/cifar10_records.h"

#include "catch.h"
#include "small_images.h"

using namespace espalier;
using namespace espalier::datasets;
using namespace espalier::testing;

namespace {

CifarRecords parsed(const std::string& bytes) {
  return parse_cifar10({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, "a.bin");
}

std::string refusal_of(const std::string& bytes) {
  try {
    parsed(bytes);
  } catch (const Error& error) {
    CHECK(error.problems()[0].origin == "a.bin");
    return error.problems()[0].text;
  }
  return "accepted";
}

}  // namespace

TEST_CASE("parse_cifar10: planes become pixels") {
  auto bytes = cifar_record(3, 10, 20, 30) + cifar_record(9, 1, 2, 3);
  bytes[1 + 1024 + 33] = 99;  // green of row 1, column 1 of the first
  const auto found = parsed(bytes);
  CHECK(found.labels == std::vector<std::uint8_t>{3, 9});
  CHECK(found.pixels.size() == 2 * 3072);
  CHECK(found.pixels[0] == 10);
  CHECK(found.pixels[33 * 3 + 1] == 99);
  CHECK(found.pixels[3072 + 2] == 3);
}

TEST_CASE("parse_cifar10: files that are no whole number of records") {
  CHECK(refusal_of("") == "is empty (0 bytes)");
  CHECK(refusal_of(cifar_record(1, 2, 3, 4).substr(1)).find("no whole number of records") != std::string::npos);
  CHECK(refusal_of("\x1F\x8B\x08 and so on").find("gzip") != std::string::npos);
}
