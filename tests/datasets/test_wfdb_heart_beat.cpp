#include "datasets/wfdb_heart_beat.h"

#include "base/error.h"
#include "catch.h"

using namespace espalier;
using namespace espalier::datasets;

TEST_CASE("heart beats: rhythm relative to the patient's own, marks that are no beats passed over") {
  std::vector<WfdbAnnotation> annotations = {{5, "+"}};
  for (int i = 0; i < 12; ++i) annotations.push_back({100 + 300 * i, "N"});
  annotations.insert(annotations.begin() + 6, {1310, "~"});
  annotations.push_back({3550, "V"});  // premature: 150 after the last, a pause behind it
  annotations.push_back({4000, "N"});
  const auto beats = beats_of(annotations);
  REQUIRE(beats.size() == 12);
  CHECK(beats[4].rr_previous == 1);
  CHECK(beats[4].rr_next == 1);
  const auto& premature = beats.back();
  CHECK(premature.aami == 'V');
  CHECK(premature.rr_previous == Approx(150 / (2250 / 8.0)));
  CHECK(premature.rr_next == Approx(450 / (2250 / 8.0)));
  CHECK(beats_of({{1, "N"}, {2, "N"}}).empty());
  CHECK(beats_of({{5, "N"}, {5, "N"}, {5, "N"}}).empty());
}

TEST_CASE("heart beats: a signal by name, in its units") {
  WfdbRecord record;
  record.header.signals = {{"r.dat", "mV", "MLII", 212, 200, 1024, 0, 0, false},
                           {"r.dat", "mV", "V1", 212, 100, 0, 0, 0, false}};
  record.samples = 2;
  record.values = {1024, 50, 1224, -100};
  CHECK(signal_of(record, "", "r.hea") == std::vector<float>{0, 1});
  CHECK(signal_of(record, "v1", "r.hea") == std::vector<float>{0.5, -1});
  CHECK_THROWS_AS(signal_of(record, "V5", "r.hea"), Error);
}
