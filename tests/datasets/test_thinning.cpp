#include "datasets/thinning.h"

#include <algorithm>
#include <string>

#include "catch.h"

using espalier::datasets::thin_out;

namespace {

struct Sample {
  std::string id;
  std::int64_t label = 0;
};

std::vector<Sample> samples() {
  std::vector<Sample> all;
  for (int i = 0; i < 30; ++i) all.push_back({"s" + std::to_string(i), i % 3 == 0});
  return all;
}

}  // namespace

TEST_CASE("thin_out: a part of each class, in order, chosen by the names") {
  auto half = samples();
  thin_out(half, 2, {0.5, 0});
  CHECK(half.size() == 15);
  CHECK(std::is_sorted(half.begin(), half.end(), [](const Sample& a, const Sample& b) {
    return std::stoi(a.id.substr(1)) < std::stoi(b.id.substr(1));
  }));
  auto turned = samples();
  std::reverse(turned.begin(), turned.end());
  thin_out(turned, 2, {0.5, 0});
  std::reverse(turned.begin(), turned.end());
  for (std::size_t i = 0; i < half.size(); ++i) CHECK(half[i].id == turned[i].id);
  auto few = samples();
  thin_out(few, 2, {1, 2});
  CHECK(few.size() == 4);
  auto one = samples();
  thin_out(one, 2, {1e-6, 0});
  CHECK(one.size() == 2);
}
