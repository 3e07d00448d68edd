// anomaly.h and anomaly.c of the C export: from an autoencoder's input and output to a verdict.
#pragma once
#include <string>

#include "exporting/c/writer.h"

namespace espalier::exporting::c {

struct AnomalySource {
  std::string header, source;  ///< anomaly.h, anomaly.c; empty for a model that tells no anomalies
};

/// Throws Error(failed) when the measure does not fit the program's ends.
AnomalySource anomaly_source(const integer::Program& program, const Options& options);

}  // namespace espalier::exporting::c
