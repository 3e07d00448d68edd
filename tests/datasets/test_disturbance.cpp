// What every disturbance of the registry promises (datasets/disturbance.h).
#include "datasets/disturbance.h"

#include <algorithm>

#include "catch.h"
#include "datasets/raw_data.h"

using namespace espalier;
using datasets::Matter;

static testing::RawData data_of(Matter matter) {
  return testing::RawData(matter == Matter::sound   ? testing::sound_form()
                          : matter == Matter::image ? testing::image_form()
                                                    : testing::series_form());
}

TEST_CASE("every disturbance: finite, of the same form, the same again, and different from what was") {
  schema::Registry registry;
  datasets::enlist(registry);
  for (const auto& key : registry.keys("disturbance")) {
    INFO(key);
    const auto disturbance = testing::make_disturbance("type: " + key);
    REQUIRE(!disturbance->applies_to().empty());
    REQUIRE(!disturbance->levels().empty());
    for (const auto matter : disturbance->applies_to()) {
      INFO(name_of(matter));
      const auto data = data_of(matter);
      CHECK(refusal_of(*disturbance, data).empty());
      const auto before = data.raw(datasets::Split::test, 0);
      for (std::size_t level = 0; level < disturbance->levels().size(); ++level) {
        const auto after = testing::disturbed(*disturbance, level, data);
        CHECK(after.form.elements() == before.form.elements());
        CHECK(after.values.size() == before.values.size());
        CHECK(after.values != before.values);
        CHECK(std::all_of(after.values.begin(), after.values.end(), [](float value) { return std::isfinite(value); }));
        CHECK(after.values == testing::disturbed(*disturbance, level, data).values);
      }
    }
  }
}

TEST_CASE("data of other matter are refused with what the disturbance is for") {
  CHECK(refusal_of(*testing::make_disturbance("type: blur"), data_of(Matter::sound)) ==
        "happens to images; the data are sound");
  CHECK(refusal_of(*testing::make_disturbance("type: time_shift"), data_of(Matter::image)) ==
        "happens to sound and series; the data are images");
  CHECK(refusal_of(*testing::make_disturbance("{type: noise, snr: []}"), data_of(Matter::image)) == "names no level");
}

TEST_CASE("percent levels are short") {
  CHECK(datasets::percent_level(0.1) == "10 %");
  CHECK(datasets::percent_level(0.025) == "2.5 %");
  CHECK(datasets::percent_level(0.07) == "7 %");
}
