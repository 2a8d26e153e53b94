// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/cli.h"

#include "tools/cli/examples.h"
#include "tools/cli/exit_status.h"
#include "tools/cli/usage.h"
#include "tools/cli/version.h"
#include "tools/commands/arch_commands.h"
#include "tools/commands/assembly_commands.h"
#include "tools/commands/bench_command.h"
#include "tools/commands/compile_command.h"
#include "tools/commands/debug_command.h"
#include "tools/commands/interp_command.h"
#include "tools/commands/list_command.h"
#include "tools/commands/module_commands.h"
#include "tools/commands/opt_command.h"
#include "tools/commands/output_kinds.h"
#include "tools/commands/pass_options.h"
#include "tools/commands/reduce_command.h"
#include "tools/commands/sim_command.h"
#include "tools/commands/validate_command.h"
#include "tools/explain/explanation.h"
#include "tools/run.h"

#include "arch/machine_schema.h"
#include "base/nearest.h"
#include "ir/json/schema.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include <charconv>
#include <cstdio>
#include <functional>

namespace psmc::tools {
namespace {

/// Text options with few values: like one_of, but with a suggestion.
CLI::Validator one_of(std::vector<std::string> names) {
  const std::string list = fmt::format("{{{}}}", fmt::join(names, ","));
  return {[names = std::move(names)](const std::string& text) -> std::string {
            if (std::find(names.begin(), names.end(), text) != names.end()) return {};
            const std::vector<std::string_view> views(names.begin(), names.end());
            const std::string_view near = nearest(text, views);
            return fmt::format("'{}' is none of {}{}", text, fmt::join(names, ", "),
                               near.empty() ? "" : fmt::format("; did you mean `{}`?", near));
          },
          list};
}

/// From 0 to 2^64 - 1, written in digits; the parser of options would take -1 and what is too large.
CLI::Validator whole_number() {
  return {[](const std::string& text) -> std::string {
            uint64_t value = 0;
            const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), value);
            if (wrong == std::errc() && end == text.data() + text.size()) return {};
            return fmt::format("'{}' is not a whole number from 0 to {}", text, UINT64_MAX);
          },
          ""};
}

/// Of options that another page of help shows. They are hidden when help is printed and not before, since the parser
/// does not name hidden options in its errors.
constexpr const char* kElsewhere = "shown elsewhere";

void hide_elsewhere(CLI::App& app) {
  for (CLI::Option* option : app.get_options())
    if (option->get_group() == kElsewhere) option->group("");
  for (CLI::App* command : app.get_subcommands(nullptr)) hide_elsewhere(*command);
}

int show(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  return 0;
}

/// Without what an option excludes: whoever says both is told.
class ShortHelp : public CLI::Formatter {
  std::string make_option_opts(const CLI::Option* option) const override {
    const std::string text = CLI::Formatter::make_option_opts(option);
    return text.substr(0, text.find(" " + get_label("Excludes") + ":"));  // which comes last
  }
};

/// Options as the user gives them, and what to do once they are read.
class CommandLine {
 public:
  explicit CommandLine(DiagnosticOutput& output)
      : app_("psmc compiles machine-learning models to a spatial accelerator and simulates it.", "psmc"),
        output_(output) {
    app_.require_subcommand(0, 1);
    app_.footer(examples::kTop);
    app_.formatter(std::make_shared<ShortHelp>());
    app_.get_formatter()->column_width(39);
    app_.add_flag("--version", version_, "which psmc this is");
    app_.add_flag("--list-ops", list_ops_, "all ops of the IR, with their manual");
    app_.add_flag("--list-passes", list_passes_, "all passes and the usual pipeline");
    app_.add_flag("--list-rewrites", list_rewrites_, "the rules of canonicalize, in Markdown");
    app_.add_flag("--list-archs", list_archs_, "the built-in machines");
    diagnostic_options(&app_, "Errors and warnings, of every command");
    add_compile();
    add_run();
    add_sim();
    add_debug();
    add_opt();
    add_interp();
    add_assembly();
    add_arch();
    add_bench();
    add_explain();
    add_modules();
    add_reduce();
    add_validate();
  }

  int run(int argc, char** argv) {
    output_.configure(find_diagnostic_options({argv + 1, argv + std::max(argc, 1)}));
    try {
      app_.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
      hide_elsewhere(app_);
      return show(app_.help());
    } catch (const CLI::ParseError& e) {
      return status_of(usage_error(e));
    }
    use_diagnostic_options();
    if (version_) return show(fmt::format("psmc {}\n", kVersion));
    if (list_ops_) return show(ops_text());
    if (list_passes_) return show(passes_text());
    if (list_rewrites_) return show(rewrites_text());
    if (list_archs_) return show(archs_text());
    if (action_) return action_();
    std::fputs(app_.help().c_str(), stderr);
    return 2;
  }

 private:
  int status_of(const Result<int>& result) { return tools::status_of(result, output_); }

  /// Every command takes these; they are shown in one place, in `group` of `psmc -h`.
  void diagnostic_options(CLI::App* app, const std::string& group) {
    DiagnosticOptions& d = diagnostics_;
    app->add_option("--diagnostics", d.form, "form of errors and warnings")
        ->check(one_of({"text", "json", "sarif"}))
        ->group(group);
    app->add_option("--diagnostics-file", d.file, "write them here too, in that form; standard error gets text")
        ->group(group);
    app->add_option("--color", d.color, "auto: on a terminal, without NO_COLOR")
        ->check(one_of({"auto", "always", "never"}))
        ->group(group);
    app->add_option("--max-errors", d.max_errors, "of one input; 0: all")
        ->check(whole_number())
        ->capture_default_str()
        ->group(group);
  }

  void use_diagnostic_options() {
    output_.configure(diagnostics_);
    for (Reporting* reporting :
         {&compile_.reporting, &run_.reporting, &opt_.reporting, &interp_.reporting, &as_.reporting, &arch_.reporting,
          &gemm_.reporting, &modules_.format.reporting, &reduce_.reporting}) {
      reporting->warn = [this](const Diagnostic& warning) { output_.tell(warning); };
      reporting->max_errors = diagnostics_.max_errors == 0 ? SIZE_MAX : diagnostics_.max_errors;
    }
  }

  /// In terms of the command that was given last.
  Diagnostic usage_error(const CLI::ParseError& e) const {
    const CLI::App* app = &app_;
    Usage usage{app_.get_name(), {}, {}, {}};
    while (!app->get_subcommands().empty()) {
      app = app->get_subcommands()[0];
      usage.command += " " + app->get_name();
    }
    usage.words = app_.remaining(true);  // not understood: the reason, too, why something required is missing
    const auto kind = static_cast<CLI::ExitCodes>(e.get_exit_code());
    if (usage.words.empty() || (kind != CLI::ExitCodes::ExtrasError && kind != CLI::ExitCodes::RequiredError))
      return wrong_usage(usage.command, e.what());
    const std::vector<const CLI::Option*> options = app->get_options();
    const std::vector<const CLI::App*> commands = app->get_subcommands(nullptr);
    std::vector<std::string> names;
    for (const CLI::Option* option : options)
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    usage.options.assign(names.begin(), names.end());
    std::vector<std::string> command_names;
    for (const CLI::App* command : commands) command_names.push_back(command->get_name());
    usage.commands.assign(command_names.begin(), command_names.end());
    return not_understood(usage);
  }

  CLI::App* command(CLI::App* parent, const char* name, const char* what, const char* example,
                    std::function<int()> action) {
    CLI::App* app = parent->add_subcommand(name, what);
    app->footer(example + std::string("\nOptions about errors and warnings: `psmc -h`."));
    diagnostic_options(app, kElsewhere);
    app->callback([this, action = std::move(action)] { action_ = action; });
    return app;
  }

  static CLI::Option* dtype_option(CLI::App* app, const char* name, DType& dtype, const char* what) {
    return app
        ->add_option_function<std::string>(
            name, [&dtype](const std::string& text) { dtype = text == "f32" ? DType::f32 : DType::bf16; }, what)
        ->check(one_of({"f32", "bf16"}))
        ->default_str(std::string(dtype_name(dtype)));
  }

  static void tile_options(CLI::App* app, uint32_t& columns, uint32_t& rows, bool& stream) {
    app->add_option("--columns", columns, "use this many columns of tiles (0: chosen)")->check(CLI::Range(0, 1024));
    app->add_option("--rows", rows, "use this many rows of tiles (0: chosen)")->check(CLI::Range(0, 1024));
    app->add_flag("--stream-weights", stream, "fetch weights from memory in every run even if they fit");
  }

  static void pass_options(CLI::App* app, PassOptions& options) {
    ir::DumpOptions& dumps = options.dumps;
    app->add_option("--print-ir-before", dumps.before, "dump before these passes")->delimiter(',');
    app->add_flag("--print-ir-before-all", dumps.before_all, "dump before each pass");
    app->add_option("--print-ir-after", dumps.after, "dump after these passes")->delimiter(',');
    app->add_flag("--print-ir-after-all", dumps.after_all, "dump after each pass that changed something");
    app->add_flag("--print-ir-after-change", dumps.changes, "show what each pass changed as a diff");
    app->add_option("--print-ir-dir", dumps.folder, "write a file after each pass that changed something");
    app->add_option("--disable-pass", options.disabled, "leave these passes or decisions out")->delimiter(',');
    app->add_option("--bisect-limit", options.bisect_limit, "leave runs of passes on functions after the Nth out")
        ->check(whole_number());
    app->add_flag("--verify-each", options.verify_each, "verify the module after each pass");
    app->add_flag("--check-each", options.check_each, "interpret the module before and after each pass, and compare");
    app->add_option("--reproducer", options.reproducer,
                    "write the module here before each pass, with the command that replays it");
    app->add_flag("--timing", options.timing, "what each phase took");
    app->add_option("--time-trace", options.time_trace, "the same for chrome://tracing or Perfetto");
    app->add_flag("--stats", options.stats, "what the passes counted");
    app->add_option("--stats-json", options.stats_json, "the same as JSON, pass by pass");
  }

  void add_compile() {
    CompileCommand& c = compile_;
    CLI::App* app = command(&app_, "compile", "compile a model", examples::kCompile,
                            [this] { return status_of(compile_model_file(compile_)); });
    app->add_option("MODEL", c.model, "the model")->required();
    app->add_option("-o", c.out, "the file to write")->required();
    app->add_option("--arch", c.arch, "machine: a built-in name or a file")->capture_default_str();
    app->add_option("--emit", c.emit, "kinds of output")->delimiter(',')->check(one_of(emit_names()));
    dtype_option(app, "--dtype", c.dtype, "of weights, cache and contractions");
    app->add_option("--entry", c.entries, "functions to compile (default: all but private ones)")->delimiter(',');
    app->add_option("--chunk", c.chunk, "tokens of a prefill call at most; 1: no prefill")
        ->check(CLI::Range(1, 4096))
        ->capture_default_str();
    app->add_option("--max-context", c.max_context, "shorten the context")->check(CLI::Range(0, 1 << 24));
    app->add_option("--host-cpu", c.host_cpu, "processor that host code is for")->capture_default_str();
    app->add_option("--passes", c.passes, "graph-level pipeline instead of the usual one");
    app->add_option("--compile-to", c.compile_to, "stop after a phase: input, a pass, psma");
    app->add_option("--compile-from", c.compile_from, "MODEL is what --compile-to wrote: go on");
    tile_options(app, c.columns, c.rows, c.stream_weights);
    app->add_option("--threads", c.threads, "threads to compile on (0: all); the bytes are the same")
        ->check(CLI::Range(0, 1024));
    const size_t shown = app->get_options().size();
    pass_options(app, c.pass_options);
    for (size_t i = shown; i < app->get_options().size(); ++i) app->get_options()[i]->group(kElsewhere);
  }

  void add_run() {
    RunOptions& r = run_;
    CLI::App* app = command(&app_, "run", "run a language model", examples::kRun, [this] {
      for (const char* name : {"--arch", "--columns", "--rows", "--stream-weights", "--max-cycles", "--report"})
        if (app_.get_subcommand("run")->count(name) > 0) run_.only_on_sim.emplace_back(name);
      return status_of(tools::run(run_));
    });
    app->add_option("MODEL", r.model, "the model")->required();
    app->add_option("--tokenizer", r.tokenizer, "tokenizer.json or tokenizer.bin (default: the one beside the model)");
    CLI::Option* prompt = app->add_option("--prompt", r.prompt, "text to continue");
    app->add_option("--prompt-ids", r.prompt_ids, "token ids to continue: 1,403,407")->excludes(prompt);
    app->add_option("--tokens", r.tokens, "tokens to generate at most")
        ->check(CLI::Range(1, 1 << 20))
        ->capture_default_str();
    app->add_option("--temperature", r.temperature, "0: always the likeliest token")->capture_default_str();
    app->add_option("--top-p", r.top_p, "sample among the likeliest that make up this share")->capture_default_str();
    app->add_option("--seed", r.seed, "of sampling")->check(whole_number())->capture_default_str();
    app->add_option("--print", r.print, "text or ids")->check(one_of({"text", "ids"}))->capture_default_str();
    app->add_option("--on", r.on, "sim or interpreter")->check(one_of({"sim", "interpreter"}))->capture_default_str();
    dtype_option(app, "--dtype", r.dtype, "of weights, cache and contractions");
    app->add_option("--chunk", r.chunk, "tokens of a prefill call at most; 1: no prefill")
        ->check(CLI::Range(1, 4096))
        ->capture_default_str();
    app->add_option("--arch", r.arch, "machine: a built-in name or a file")->capture_default_str();
    tile_options(app, r.columns, r.rows, r.stream_weights);
    app->add_option("--max-cycles", r.max_cycles, "of a launch; more is a trap")
        ->check(CLI::Range(uint64_t{1}, uint64_t{1} << 60))
        ->capture_default_str();
    app->add_flag("!--no-races", r.races, "do not look for races: faster");
    app->add_option("--report", r.report, "what it cost: a .json or .html file");
    app->add_option("--max-steps", r.max_steps, "of a call in the interpreter, in element operations")
        ->check(CLI::Range(uint64_t{1}, uint64_t{1} << 60))
        ->capture_default_str();
  }

  void add_sim() {
    SimCommand& s = sim_;
    CLI::App* app =
        command(&app_, "sim", "run a program image", examples::kSim, [this] { return status_of(simulate(sim_)); });
    app->add_option("IMAGE", s.image, "the .psmx file, or a program in assembly: .psma")->required();
    app->add_option("--entry", s.entry, "which entry, if there are several");
    app->add_option("--input", s.inputs, "name=file.npy, or name=3 for one element");
    app->add_option("--output", s.output, "folder for the outputs as .npy (default: shown in short)");
    app->add_option("--expect", s.expect, "name=file.npy, or name=3: exit status 3 if an output differs");
    app->add_option("--tolerance", s.tolerance, "largest difference to what is expected")
        ->check(CLI::Range(0.0, 1e300))
        ->capture_default_str();
    app->add_option("--stats", s.stats, "what it cost, as JSON");
    app->add_option("--repeat", s.repeat, "launches, one after the other")
        ->check(CLI::Range(1, 1 << 20))
        ->capture_default_str();
    app->add_option("--max-cycles", s.max_cycles, "of a launch; more is a trap")
        ->check(CLI::Range(uint64_t{1}, uint64_t{1} << 60))
        ->capture_default_str();
    app->add_flag("!--no-races", s.races, "do not look for races: faster");
    app->add_flag("--timing-only", s.timing_only, "without numbers: the same cycles, sooner")
        ->excludes("--output", "--expect", "--tolerance");
    app->add_option("--seed", s.seed, "timing only: of the control inputs that are not given")
        ->needs("--timing-only")
        ->check(whole_number());
    app->add_option("--trace", s.trace.file, "what happens when: .pftrace (Perfetto), .json (Chrome), .kanata or .txt");
    app->add_option("--trace-tiles", s.trace.tiles, "0,3-5: these alone")->needs("--trace");
    app->add_option("--trace-from", s.trace.from, "first cycle")->needs("--trace")->check(whole_number());
    app->add_option("--trace-to", s.trace.to, "cycle before which it ends")->needs("--trace")->check(whole_number());
    CLI::Option* at = app->add_option("--checkpoint-at", s.checkpoint_at, "a cycle: the state before it is written");
    CLI::Option* to = app->add_option("--checkpoint", s.checkpoint, "to this file")->needs(at);
    at->needs(to);
    app->add_option("--resume", s.resume, "go on from a checkpoint of the same image and options")
        ->excludes("--input", "--seed", "--repeat", "--trace");
    at->excludes("--trace");
    app->add_option("--diff", s.diff, "another program: where its run and that of IMAGE first differ")
        ->excludes("--output", "--expect", "--stats", "--repeat", "--trace", "--checkpoint-at", "--resume");
    app->add_option("--diff-entry", s.diff_entry, "its entry, if it is another one")->needs("--diff");
  }

  void add_debug() {
    DebugCommand& d = debug_;
    CLI::App* app = command(&app_, "debug", "run a program image by commands, cycle by cycle", examples::kDebug,
                            [this] { return status_of(debug_image(debug_)); });
    app->add_option("IMAGE", d.image, "the .psmx file, or a program in assembly: .psma")->required();
    app->add_option("--entry", d.entry, "which entry, if there are several");
    app->add_option("--input", d.inputs, "name=file.npy, or name=3 for one element");
    app->add_option("--script", d.script, "a file of commands");
    app->add_option("--max-cycles", d.max_cycles, "of a launch; more is a trap")
        ->check(CLI::Range(uint64_t{1}, uint64_t{1} << 60))
        ->capture_default_str();
    app->add_flag("!--no-races", d.races, "do not look for races");
  }

  void add_opt() {
    OptCommand& o = opt_;
    CLI::App* app =
        command(&app_, "opt", "run passes over a module", examples::kOpt, [this] { return status_of(optimize(opt_)); });
    app->add_option("IN", o.in, "a module: .psm, .json or .psmb")->required();
    app->add_option("-o", o.out, "the module to write; .dot: a graph for viewers")->capture_default_str();
    app->add_option("--function", o.function, "of a .dot file: this function alone");
    app->add_option("--passes", o.passes, "the pipeline: a,b{x=1},c, or a preset");
    pass_options(app, o.pass_options);
  }

  void add_interp() {
    InterpCommand& i = interp_;
    CLI::App* app = command(&app_, "interp", "run a function in the reference interpreter", examples::kInterp,
                            [this] { return status_of(interp(interp_)); });
    app->add_option("IN", i.in, "a module: .psm, .json or .psmb")->required();
    app->add_option("--func", i.func, "which function, if there are several");
    app->add_option("--input", i.inputs, "name=file.npy, or name=3 for one element");
    app->add_option("--symbol", i.symbols, "name=3");
    app->add_option("--max-steps", i.max_steps, "work at most, in element operations; an op is at least 256")
        ->check(CLI::Range(uint64_t{1}, uint64_t{1} << 60))
        ->capture_default_str();
    app->add_option("--output", i.output, "folder for the results as .npy (default: shown in short)");
  }

  void add_assembly() {
    CLI::App* as = command(&app_, "as", "assemble .psma to .psmx", examples::kAs,
                           [this] { return status_of(assemble_file(as_)); });
    as->add_option("IN", as_.in, "text assembly")->required();
    as->add_option("-o", as_.out, "the program image")->capture_default_str();
    as->add_flag("--check", as_.check, "refuse code that breaks the timing contract");
    CLI::App* dis = command(&app_, "dis", "disassemble .psmx to .psma", examples::kDis,
                            [this] { return status_of(disassemble_file(dis_)); });
    dis->add_option("IN", dis_.in, "program image")->required();
    dis->add_option("-o", dis_.out, "the text")->capture_default_str();
  }

  void add_arch() {
    const auto add = [this](const char* name, const char* what, const char* example, auto act) {
      CLI::App* app = command(&app_, name, what, example, [this, act] {
        const Result<std::string> text = act(arch_);
        return text.ok() ? show(*text) : status_of(text.diagnostic());
      });
      app->add_option("MACHINE", arch_.machine, "a machine file or a built-in name")->required();
      return app;
    };
    add("arch-check", "check a machine file", examples::kArchCheck, check_arch);
    CLI::App* app = add("arch-show", "a machine: its grid, peaks and numbers", examples::kArchShow, show_arch);
    app->add_flag("--json", arch_.json, "what follows from the numbers, as a JSON object");
  }

  void add_bench() {
    CLI::App* bench = app_.add_subcommand("bench", "measure against the machine's lower bounds");
    bench->require_subcommand(1);
    diagnostic_options(bench, kElsewhere);
    bench->footer(examples::kBench);
    BenchGemm& g = gemm_;
    CLI::App* gemm = command(bench, "gemm", "matrix products", examples::kBenchGemm,
                             [this] { return status_of(bench_gemm(gemm_)); });
    gemm->add_option("--shapes", g.shapes, "table of shapes")->required();
    gemm->add_option("--max-macs", g.max_macs, "leave larger shapes out")
        ->check(CLI::Range(int64_t{1}, int64_t{1} << 40))
        ->capture_default_str();
    gemm->add_option("--tag", g.only, "only shapes with this tag");
    dtype_option(gemm, "--dtype", g.dtype, "of A and B");
    dtype_option(gemm, "--result", g.result, "of C");
    gemm->add_option("--arch", g.arch, "machine: a built-in name or a file")->capture_default_str();
    gemm->add_option("--seed", g.seed, "of the values")->check(whole_number())->capture_default_str();
    gemm->add_flag("--constant-weight", g.constant_weight, "B is a constant of the program, not an input");
    gemm->add_flag("--json", g.json, "one JSON object a shape");
    BenchLlm& l = llm_;
    CLI::App* llm = command(bench, "llm", "layers of a language model", examples::kBenchLlm,
                            [this] { return status_of(bench_llm(llm_)); });
    llm->add_option("--config", l.config, "configurations")->required();
    llm->add_option("--model", l.model, "which of them")->required();
    llm->add_option("--layers", l.layers, "decoder layers")->check(CLI::Range(1, 4096))->capture_default_str();
    llm->add_option("--phase", l.phase, "decode or prefill")
        ->check(one_of({"decode", "prefill"}))
        ->capture_default_str();
    llm->add_option("--position", l.position, "tokens that are in the cache")
        ->check(CLI::Range(0, 1 << 24))
        ->capture_default_str();
    llm->add_option("--vocab", l.vocab, "rows of embedding and classifier")
        ->check(CLI::Range(1, 1 << 24))
        ->capture_default_str();
    llm->add_option("--chunk", l.chunk, "tokens of a prefill call")->check(CLI::Range(2, 4096))->capture_default_str();
    dtype_option(llm, "--dtype", l.dtype, "of weights, cache and contractions");
    llm->add_option("--arch", l.arch, "machine: a built-in name or a file")->capture_default_str();
    llm->add_option("--seed", l.seed, "of the weights")->check(whole_number())->capture_default_str();
    llm->add_flag("--stream-weights", l.stream_weights, "fetch weights from memory even if they fit");
    llm->add_flag("--check", l.check, "compare the logits with the interpreter's");
    llm->add_flag("--timing-only", l.timing_only, "simulate without numbers: the same cycles, sooner")
        ->excludes("--check");
    llm->add_flag("--json", l.json, "a JSON object");
    llm->add_option("--report", l.report, "each op's cycles and bound: a .json or .html file");
    llm->add_option("--image", l.image, "keep the program image in this .psmx file, for `psmc sim`");
    add_accuracy(bench);
    BenchNoc& n = bench_noc_;
    CLI::App* noc = command(bench, "noc", "the network under a load", examples::kBenchNoc,
                            [this] { return status_of(bench_noc(bench_noc_)); });
    mesh_options(noc, n.router, n.width, n.height, 64);
    noc->add_option("--load", n.load, "flits a node a cycle")->check(CLI::Range(0.0, 1.0))->capture_default_str();
    noc->add_option("--flits", n.flits, "of a packet")->check(CLI::Range(1, 255))->capture_default_str();
    noc->add_option("--cycles", n.cycles, "in which packets are created")
        ->check(CLI::Range(uint64_t{1}, uint64_t{1} << 32))
        ->capture_default_str();
    noc->add_option("--seed", n.seed, "of the traffic")->check(whole_number())->capture_default_str();
    BenchDram& d = bench_dram_;
    CLI::App* dram = command(bench, "dram", "a memory channel under a load", examples::kBenchDram,
                             [this] { return status_of(bench_dram(bench_dram_)); });
    dram->add_option("--preset", d.preset, "ddr4-2400, hbm2 or a built-in machine (default: these and psm1)");
    dram->add_option("--load", d.load, "of what the data bus carries")
        ->check(CLI::Range(0.001, 1.0))
        ->capture_default_str();
    dram->add_option("--cycles", d.cycles, "of the channel, a pattern")
        ->check(CLI::Range(uint64_t{1}, uint64_t{1} << 32))
        ->capture_default_str();
    dram->add_option("--seed", d.seed, "of the traffic")->check(whole_number())->capture_default_str();
  }

  static void mesh_options(CLI::App* app, std::string& router, uint16_t& width, uint16_t& height, int most) {
    app->add_option("--router", router, "its pipeline")->check(one_of({"R2", "R3", "R4"}))->capture_default_str();
    app->add_option("--width", width, "columns of routers")->check(CLI::Range(1, most))->capture_default_str();
    app->add_option("--height", height, "rows of routers")->check(CLI::Range(1, most))->capture_default_str();
  }

  void add_validate() {
    CLI::App* validate = app_.add_subcommand("validate", "the simulator against independent references");
    validate->require_subcommand(1);
    diagnostic_options(validate, kElsewhere);
    validate->footer(examples::kValidate);
    ValidateNoc& n = noc_;
    CLI::App* noc = command(validate, "noc", "the network against golden packets", examples::kValidateNoc,
                            [this] { return status_of(validate_noc(noc_)); });
    mesh_options(noc, n.router, n.width, n.height, 16);
    CLI::Option* packets = noc->add_option("--packets", n.packets, "table of packets (default: zero load alone)");
    noc->add_option("--curves", n.curves, "table of latencies by load, on 8 x 8")->excludes(packets);
    ValidateSystolic& s = systolic_;
    CLI::App* systolic =
        command(validate, "systolic", "the matrix unit against arrays of elements", examples::kValidateSystolic,
                [this] { return status_of(validate_systolic(systolic_)); });
    systolic->add_option("--check", s.table, "table of products and their cycles");
    systolic->add_option("--cases", s.cases, "random products of each dataflow")
        ->check(CLI::Range(1, 1'000'000))
        ->capture_default_str();
    systolic->add_option("--seed", s.seed, "of the products")->check(whole_number())->capture_default_str();
    ValidateDram& d = dram_;
    CLI::App* dram = command(validate, "dram", "memory channels against the rules of their DRAM",
                             examples::kValidateDram, [this] { return status_of(validate_dram(dram_)); });
    dram->add_option("--preset", d.preset, "ddr4-2400, hbm2 or a built-in machine (default: these and psm1)");
    dram->add_option("--commands", d.commands, "to check, a preset")
        ->check(CLI::Range(uint64_t{1}, uint64_t{1} << 32))
        ->capture_default_str();
    dram->add_option("--seed", d.seed, "of the traffic")->check(whole_number())->capture_default_str();
  }

  void add_accuracy(CLI::App* bench) {
    BenchAccuracy& a = accuracy_;
    CLI::App* app = command(bench, "accuracy", "a narrow dtype against f32", examples::kBenchAccuracy,
                            [this] { return status_of(bench_accuracy(accuracy_)); });
    app->add_option("MODEL", a.model, "the model")->required();
    app->add_option("--ids", a.ids, "file whose first line is the ids to predict, with commas")->required();
    app->add_option("--prompt-ids", a.prompt_ids, "what stands before them (default: BOS)");
    dtype_option(app, "--dtype", a.dtype, "of weights, cache and contractions");
    app->add_option("--on", a.on, "sim or interpreter")->check(one_of({"sim", "interpreter"}))->capture_default_str();
    app->add_option("--arch", a.arch, "machine: a built-in name or a file")->capture_default_str();
  }

  void add_modules() {
    ModuleCommands& m = modules_;
    CLI::App* format = command(&app_, "fmt", "write modules in canonical form", examples::kFormat,
                               [this] { return status_of(format_modules(modules_.format)); });
    format->add_option("FILE", m.format.files, "a module: .psm, .json or .psmb")->required();
    format->add_option("-o", m.format.out, "the file to write (default: the file itself)");
    format->add_flag("--check", m.format.check, "write nothing; exit status 1 if a file is not canonical");
    CLI::App* check = command(&app_, "check", "verify modules", examples::kCheck,
                              [this] { return status_of(check_modules(modules_.check, modules_.format.reporting)); });
    check->add_option("FILE", m.check, "a module: .psm, .json or .psmb")->required();
    CLI::App* diff = command(&app_, "diff", "compare two modules as programs", examples::kDiff,
                             [this] { return status_of(diff_files(modules_.first, modules_.second)); });
    diff->add_option("FIRST", m.first, "a module: .psm, .json or .psmb")->required();
    diff->add_option("SECOND", m.second, "a module: .psm, .json or .psmb")->required();
    CLI::App* upgrade = command(&app_, "upgrade", "write a module in the present version", examples::kUpgrade, [this] {
      return status_of(upgrade_module(modules_.upgrade_in, modules_.upgrade_out));
    });
    upgrade->add_option("IN", m.upgrade_in, "a module: .psm, .json or .psmb")->required();
    upgrade->add_option("-o", m.upgrade_out, "the module to write")->capture_default_str();
    CLI::App* schema = command(&app_, "schema", "the JSON Schema of JSON-IR", examples::kSchema, [this] {
      return show(modules_.ops_page         ? ir::ops_page()
                  : modules_.machine_schema ? arch::machine_schema()
                                            : ir::json_ir_schema());
    });
    CLI::Option* ops = schema->add_flag("--ops", m.ops_page, "the reference of all ops instead");
    schema->add_flag("--machine", m.machine_schema, "the JSON Schema of machine files instead")->excludes(ops);
  }

  void add_reduce() {
    ReduceCommand& r = reduce_;
    CLI::App* app = command(&app_, "reduce", "shrink a module while a command keeps failing", examples::kReduce,
                            [this] { return status_of(reduce_module(reduce_)); });
    app->add_option("MODULE", r.in, "a module: .psm, .json or .psmb")->required();
    app->add_option("--test", r.test, "the command, for the shell; {} or %s is the module's file")->required();
    app->add_option("-o", r.out, "the module to write")->capture_default_str();
    app->add_option("--status", r.status, "failing is to end with this exit status")->check(CLI::Range(0, 255));
    app->add_option("--output", r.output, "failing is to print this text, on standard output or error");
    app->add_option("--timeout", r.timeout, "failing is to take longer than this many seconds")
        ->check(CLI::Range(0.01, 1e6));
    app->add_option("--max-tests", r.max_tests, "run the command at most so often")
        ->check(CLI::Range(uint64_t{1}, uint64_t{1} << 40))
        ->capture_default_str();
    app->add_option("--max-time", r.max_time, "end the search after this many seconds (0: no limit)")
        ->check(CLI::Range(0.0, 1e9));
  }

  void add_explain() {
    CLI::App* app = command(&app_, "explain", "what a diagnostic code means", examples::kExplain, [this] {
      const Result<std::string> text = code_.empty() ? codes_text() : explain_code(code_);
      return text.ok() ? show(*text) : status_of(text.diagnostic());
    });
    app->add_option("CODE", code_, "as in PSM0101, or its name; all are listed without one");
  }

  CLI::App app_;
  DiagnosticOutput& output_;
  DiagnosticOptions diagnostics_;
  std::function<int()> action_;
  bool version_ = false, list_ops_ = false, list_passes_ = false, list_rewrites_ = false, list_archs_ = false;
  CompileCommand compile_;
  RunOptions run_;
  SimCommand sim_;
  DebugCommand debug_;
  OptCommand opt_;
  InterpCommand interp_;
  AssemblyCommand as_, dis_;
  ArchCommands arch_;
  BenchGemm gemm_;
  BenchLlm llm_;
  BenchAccuracy accuracy_;
  BenchNoc bench_noc_;
  ValidateNoc noc_;
  ValidateSystolic systolic_;
  BenchDram bench_dram_;
  ValidateDram dram_;
  std::string code_;
  ModuleCommands modules_;
  ReduceCommand reduce_;
};

}  // namespace

int command_line(int argc, char** argv) {
  DiagnosticOutput output;
  const int status = guarded([&] { return CommandLine(output).run(argc, argv); });
  return finish_output(status, output);
}

}  // namespace psmc::tools
