// Does every artifact do what the twin does? Readback always, in C++; judges where their runtimes are installed.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "deployment/run_folder.h"
#include "deployment/student.h"
#include "integer/arithmetic.h"
#include "reporting/summary.h"

namespace espalier::deployment {

using reporting::Level;
using reporting::Status;
using reporting::Verification;

/// What is asked of the artifacts of one format. Adds what it found to `all`; may fill the artifact's runtime costs.
/// `student` may lack its parts: then files are compared with their golden samples only.
using Check = void (*)(const Student& student, const RunFolder& folder, reporting::Artifact& artifact,
                       std::vector<Verification>& all);
using Checks = std::map<std::string, Check>;

/// By format: those that need no LibTorch.
Checks checks();

/// The manifest's hashes, then the `checks` of each artifact's format; a format that has none is not_run.
std::vector<Verification> verify(const Student& student, const RunFolder& folder,
                                 std::vector<reporting::Artifact>& artifacts, const Checks& checks);

/// Artifacts by their manifest, a folder as one.
std::vector<reporting::Artifact> artifacts_of(const RunFolder& folder);

/// All that can be asked of a run folder or of an export folder where there is no LibTorch. Throws Error(mistake) for
/// what is neither.
std::vector<Verification> verify_exports(const std::filesystem::path& given);

// --- what checks are made of

Verification finding(const reporting::Artifact& artifact, Level level, std::string judge, std::string version);
Verification failed(Verification v, std::string reason);

/// An integer artifact: parsed by `read`, compared with the student's program tensor by tensor, and run by the twin in
/// `arithmetic` on the samples of `golden`.
using ProgramReader = integer::Program (*)(const std::vector<std::uint8_t>& bytes, const std::string& origin);
Verification read_back(const Student& student, const RunFolder& folder, const reporting::Artifact& artifact,
                       integer::Arithmetic arithmetic, const std::filesystem::path& golden, ProgramReader read);

/// The judge of a server export: the server itself, started and asked.
Verification ask_server(const RunFolder& folder, const reporting::Artifact& artifact);

/// Of float exports that quantize as they compute: the root mean square of their error by that of the float outputs.
/// A sound GRU of 49 steps has 1.5 to 2.5 % here.
inline constexpr double dynamic_tolerance = 0.05;
/// And their largest error by the largest float output. It grows with the number of samples: the same GRU has 7 % among
/// 5,460 outputs.
inline constexpr double dynamic_largest = 0.1;
/// The same for the judges' command line.
std::vector<std::string> dynamic_options();

}  // namespace espalier::deployment
