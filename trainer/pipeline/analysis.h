// analysis.json: what the report shows of a run beyond its summary. Computed once, when the run ends.
#pragma once
#include "base/json.h"
#include "pipeline/integer_model.h"
#include "pipeline/plan.h"
#include "pipeline/run_folder.h"
#include "schema/value.h"

namespace espalier::pipeline {

/// A row for each instruction of the program, else for each layer of the float network, in order: "name", "operator",
/// "output" (shape as the device sees it, channels last), "macs", "parameters", "zeros" (weights that are 0),
/// "bits" (of a weight), "bytes" (constants in flash; float32: 4 a parameter), "weights" and "activations"
/// (histograms; of integer codes, with "scale" where there is one), and "sqnr_db": 10 log10(sum float^2 / sum (float -
/// integer)^2) of its outputs over at most `samples` test samples, absent where the two are not compared.
Json layers_of(const Student& student, const datasets::Dataset& data, std::int64_t samples = 64);

/// How many samples of this network layers_of can compare in little memory: 64, or as many as have 2^24 activations
/// together, at least 1.
std::int64_t comparable_samples(const graph::Network& network);

/// "on" (the arithmetic), "counts" [truth][predicted] and "examples": the most confident mistakes of each cell, each
/// with "truth", "predicted", "id", "probability" and, where it is small enough to be shown, "picture": {"height",
/// "width", "channels" (1 or 3), "bytes" in hexadecimal, row by row, from the sample's least to its largest feature}.
Json confusion_of(const Accuracies& test, const datasets::Dataset& data);

/// The arena while one inference runs: "bytes", "peak_instruction", "instructions" (names), "buffers" (each "name",
/// "offset", "bytes", "first" and "last" instruction).
Json arena_of(const integer::Program& program);

/// A recipe's keys as --set addresses them: {"training.epochs": "24", "compression.prune.macs": "0.48", …}.
Json keys_of(const schema::Value& recipe);

Json analysis_of(const Student& student, const Plan& plan, const Accuracies& test);

/// `folder`/analysis.json, whole or unchanged.
void write_analysis(const Student& student, const Plan& plan, const Accuracies& test, const RunFolder& folder);

/// report.html of a finished run anew, after what it shows has changed; writes an analysis.json that is missing first.
void renew_report(const Student& student, const Plan& plan, const RunFolder& folder);
/// The same where the test split has been scored already.
void renew_report(const Student& student, const Plan& plan, const Accuracies& test, const RunFolder& folder);

}  // namespace espalier::pipeline
