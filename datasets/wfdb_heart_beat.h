// Heart beats of a WFDB record, cut around their annotations.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "datasets/wfdb_annotations.h"
#include "datasets/wfdb_record.h"

namespace espalier::datasets {

struct HeartBeat {
  std::int64_t sample = 0;  ///< of the R peak
  char aami = 'N';
  /// Distance to the beat before and to the one behind, as multiples of the mean distance of the last eight beats (this
  /// one's previous distance included): what tells a premature beat, in terms of the patient's own rhythm.
  float rr_previous = 1, rr_next = 1;
};

/// The annotations that are beats, without the first and the last of the record, which lack a neighbour.
std::vector<HeartBeat> beats_of(const std::vector<WfdbAnnotation>& annotations);

/// One signal in its units, a value a sample. `lead`: its description, or empty for the first. Throws Error(mistake) at
/// `origin` naming the leads that there are.
std::vector<float> signal_of(const WfdbRecord& record, const std::string& lead, const std::string& origin);

}  // namespace espalier::datasets
