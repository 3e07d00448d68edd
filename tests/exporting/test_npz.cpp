#include "exporting/npz.h"

#include <unistd.h>

#include <limits>

#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "catch.h"

namespace espalier::exporting {
namespace {

std::vector<Array> every_type() {
  return {{"bytes", {2, 3}, std::vector<std::int8_t>{-128, -1, 0, 1, 2, 127}},
          {"words", {3}, std::vector<std::int32_t>{-5, 0, std::numeric_limits<std::int32_t>::max()}},
          {"long", {1, 1, 2}, std::vector<std::int64_t>{-1, std::numeric_limits<std::int64_t>::min()}},
          {"scale", {}, std::vector<float>{0.1F}},
          {"names", {3}, std::vector<std::string>{"yes", "", "größer"}},
          {"none", {0, 4}, std::vector<float>{}}};
}

}  // namespace

TEST_CASE("arrays of every type come back", "[npz]") {
  const auto given = every_type();
  const auto found = unpack_npz(pack_npz(given), "a.npz");
  REQUIRE(found.size() == given.size());
  for (std::size_t i = 0; i < given.size(); ++i) {
    CHECK(found[i].name == given[i].name);
    CHECK(found[i].shape == given[i].shape);
    CHECK(found[i].values == given[i].values);
  }
}

TEST_CASE("an archive is a function of its arrays", "[npz]") {
  CHECK(pack_npz(every_type()) == pack_npz(every_type()));
}

TEST_CASE("data start at a multiple of 64 in their member", "[npz]") {
  const auto packed = pack_npz({{"a", {1}, std::vector<std::int8_t>{42}}});
  CHECK((packed[38 + 5] | packed[39 + 5] << 8) ==
        118 - 0);  // 30 header + 5 name + 8 magic: the header's length, 128 - 10
}

TEST_CASE("a shape that its values do not fill is refused", "[npz]") {
  CHECK_THROWS_AS(pack_npz({{"a", {3}, std::vector<float>{1, 2}}}), Error);
}

TEST_CASE("files come back and absent ones are named", "[npz]") {
  const auto path =
      std::filesystem::temp_directory_path() / ("espalier_test_npz" + std::to_string(::getpid())) / "a.npz";
  write_npz(path, every_type());
  CHECK(read_npz(path).size() == every_type().size());
  std::filesystem::remove_all(path.parent_path());
  CHECK_THROWS_AS(read_npz(path), Error);
}

TEST_CASE("damaged archives are read or refused", "[npz][hostile]") {
  const auto packed = pack_npz(every_type());
  Random random(3, "flips");
  for (int i = 0; i < 20000; ++i) {
    auto other = packed;
    for (int flip = 0; flip < 3; ++flip)
      other[random.below(static_cast<std::uint32_t>(other.size()))] = static_cast<std::uint8_t>(random.below(256));
    try {
      unpack_npz(other, "a.npz");
    } catch (const Error& error) {
      REQUIRE(error.code() == Exit::mistake);
    }
  }
}

}  // namespace espalier::exporting
