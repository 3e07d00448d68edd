#include "device_runtime/centroid_decoder.h"

#include <array>
#include <vector>

#include "catch.h"

namespace {

/// Three rows of four cells, two classes.
struct Map {
  std::vector<std::int8_t> output = std::vector<std::int8_t>(3 * 4 * 3, 0);
  espalier_centroid_decoder spec = {3, 4, 2, 10};
  std::array<espalier_centroid, 12> found{};
  Map() {
    for (std::size_t cell = 0; cell < 12; ++cell) output[cell * 3] = 20;
  }
  void say(int row, int column, int label, int logit) {
    output[static_cast<std::size_t>((row * 4 + column) * 3 + 1 + label)] = static_cast<std::int8_t>(logit);
  }
  int decode(int capacity = 12) { return espalier_decode_centroids(&spec, output.data(), found.data(), capacity); }
};

}  // namespace

TEST_CASE("a cell holds a thing where its class exceeds nothing by the margin") {
  Map map;
  map.say(1, 2, 1, 31);
  map.say(0, 0, 0, 29);  // by 9 only
  REQUIRE(map.decode() == 1);
  CHECK(map.found[0].row == 1);
  CHECK(map.found[0].column == 2);
  CHECK(map.found[0].label == 1);
  CHECK(map.found[0].margin == 11);
}

TEST_CASE("of cells that touch the surest tells, of equals the first; other classes stay") {
  Map map;
  map.say(0, 0, 0, 60), map.say(0, 1, 0, 70), map.say(1, 1, 0, 70), map.say(1, 0, 1, 50), map.say(2, 3, 0, 40);
  REQUIRE(map.decode() == 3);
  CHECK((map.found[0].row == 0 && map.found[0].column == 1));
  CHECK((map.found[1].label == 1 && map.found[1].row == 1));
  CHECK((map.found[2].row == 2 && map.found[2].column == 3));
  CHECK(map.decode(2) == 2);
}

TEST_CASE("centroids: what is out of range is refused, extreme codes are not") {
  Map map;
  CHECK(map.decode(0) == -1);
  CHECK(espalier_decode_centroids(nullptr, map.output.data(), map.found.data(), 3) == -1);
  map.spec.least_margin = 300;
  CHECK(map.decode() == -1);
  map.spec.least_margin = 255;
  map.output[0] = -128, map.output[1] = 127;
  CHECK(map.decode() == 1);
}
