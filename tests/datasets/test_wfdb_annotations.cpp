#include "datasets/wfdb_annotations.h"

#include "base/error.h"
#include "catch.h"
#include "wfdb_bytes.h"

using namespace espalier;
using namespace espalier::datasets;
using namespace espalier::testing;

namespace {

std::vector<WfdbAnnotation> parsed(const std::string& bytes) {
  return parse_wfdb_annotations(std::vector<std::uint8_t>(bytes.begin(), bytes.end()), "r.atr");
}

}  // namespace

TEST_CASE("wfdb annotations: near, far, backwards, with notes between them") {
  const auto end = std::string(2, '\0');
  const auto found = parsed(wfdb_annotation(28, 18) + wfdb_word(63, 3) + "(N\0\0" + std::string() + wfdb_word(60, 1));
  CHECK(found.size() == 1);
  const auto all =
      parsed(wfdb_annotation(1, 77) + wfdb_word(63, 3) + std::string("(N\0\0", 4) + wfdb_annotation(5, 100000) +
             wfdb_word(62, 1) + wfdb_annotation(8, -50) + wfdb_annotation(41, 0) + end + "rest");
  REQUIRE(all.size() == 4);
  CHECK(all[0].sample == 77);
  CHECK(all[0].symbol == "N");
  CHECK(all[1].sample == 100077);
  CHECK(all[1].symbol == "V");
  CHECK(all[2].sample == 100027);
  CHECK(all[2].symbol == "A");
  CHECK(all[3].symbol == "r");
  CHECK(parsed(end).empty());
}

TEST_CASE("wfdb annotations: cut off files are refused") {
  for (const auto& bytes : {std::string(), std::string("\x01"), wfdb_word(59, 0) + "ab", wfdb_word(63, 200) + "text"})
    CHECK_THROWS_AS(parsed(bytes), Error);
  CHECK_THROWS_AS(parsed(wfdb_annotation(1, -5)), Error);
}

TEST_CASE("wfdb annotations: symbols of beats have a class of the AAMI, others none") {
  const std::string beats = "NLRBejAaJSnVErF/fQ?", classes = "NNNNNNSSSSSVVVFQQQQ";
  for (std::size_t i = 0; i < beats.size(); ++i) CHECK(aami_class(std::string(1, beats[i])) == classes[i]);
  for (const auto* symbol : {"+", "~", "|", "!", "[", "", "[17]"}) CHECK(aami_class(symbol) == '\0');
}
