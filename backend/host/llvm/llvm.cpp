// SPDX-License-Identifier: Apache-2.0
#include "backend/host/llvm/functions.h"

#include <fmt/format.h>

#include <llvm/AsmParser/Parser.h>
#include <llvm/ExecutionEngine/Orc/Core.h>
#include <llvm/ExecutionEngine/Orc/LLJIT.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IR/Module.h>
#include <llvm/IR/Verifier.h>
#include <llvm/MC/MCSubtargetInfo.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/SourceMgr.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Target/TargetMachine.h>
#include <llvm/TargetParser/Host.h>

namespace psmc::host {
namespace {

constexpr const char* kTriple = "x86_64-unknown-linux-gnu";

void start_llvm() {
  LLVMInitializeX86TargetInfo();
  LLVMInitializeX86Target();
  LLVMInitializeX86TargetMC();
  LLVMInitializeX86AsmPrinter();
}

Result<std::unique_ptr<llvm::TargetMachine>> target_machine(const std::string& cpu) {
  start_llvm();
  std::string why;
  const llvm::Target* target = llvm::TargetRegistry::lookupTarget(kTriple, why);
  PSMC_CHECK(target != nullptr, why);
  const std::string name = cpu == "native" ? llvm::sys::getHostCPUName().str() : cpu;
  // Asked on a machine without a name, which says nothing about a wrong one on standard error.
  std::unique_ptr<llvm::MCSubtargetInfo> known(target->createMCSubtargetInfo(kTriple, "", ""));
  if (name.empty() || !known->isCPUStringValid(name))
    return error(Code::host_cpu, fmt::format("LLVM knows no x86-64 processor '{}'", cpu),
                 {"take x86-64-v2, x86-64-v3, x86-64-v4, native, or a name such as znver3"});
  std::unique_ptr<llvm::TargetMachine> machine(target->createTargetMachine(kTriple, name, "", llvm::TargetOptions(),
                                                                           llvm::Reloc::PIC_, llvm::CodeModel::Small,
                                                                           llvm::CodeGenOptLevel::Default));
  PSMC_CHECK(machine != nullptr, "LLVM has no x86-64 target machine");
  return machine;
}

std::unique_ptr<llvm::Module> parse(const std::string& ir, llvm::LLVMContext& context) {
  llvm::SMDiagnostic diagnostic;
  std::unique_ptr<llvm::Module> module = llvm::parseAssemblyString(ir, diagnostic, context);
  PSMC_CHECK(module != nullptr,
             fmt::format("host code line {}: {}", diagnostic.getLineNo(), diagnostic.getMessage().str()));
  std::string text;
  llvm::raw_string_ostream stream(text);
  PSMC_CHECK(!llvm::verifyModule(*module, &stream), text);
  return module;
}

void optimise(llvm::Module& module, llvm::TargetMachine& machine) {
  llvm::PipelineTuningOptions tuning;
  tuning.LoopVectorization = true;
  tuning.SLPVectorization = true;
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(&machine, tuning);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O2).run(module, modules);
}

/// Gives the declared global its bytes.
void embed(llvm::Module& module, const Embedded& embedded) {
  llvm::GlobalVariable* global = module.getNamedGlobal(embedded.symbol);
  if (global == nullptr) return;
  auto* data = llvm::ConstantDataArray::getRaw(llvm::StringRef(embedded.bytes.data(), embedded.bytes.size()),
                                               embedded.bytes.size(), llvm::Type::getInt8Ty(module.getContext()));
  PSMC_CHECK(global->getValueType() == data->getType(), "the image has not the size that the host code says");
  global->setInitializer(data);
  global->setLinkage(llvm::GlobalValue::InternalLinkage);
  global->setAlignment(llvm::Align(64));
}

std::string machine_code(llvm::Module& module, llvm::TargetMachine& machine, bool assembly) {
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream stream(bytes);
  llvm::legacy::PassManager passes;
  const bool refused = machine.addPassesToEmitFile(
      passes, stream, nullptr, assembly ? llvm::CodeGenFileType::AssemblyFile : llvm::CodeGenFileType::ObjectFile);
  PSMC_CHECK(!refused, "LLVM makes no object files for this target");
  passes.run(module);
  return std::string(bytes.begin(), bytes.end());
}

Diagnostic load_error(llvm::Error error_value) {
  return error(Code::host_load,
               fmt::format("the host library cannot be loaded: {}", llvm::toString(std::move(error_value))));
}

Result<std::string> compile(const std::string& ir, LlvmOutput output, const std::string& cpu,
                            const Embedded& embedded) {
  PSMC_ASSIGN(const std::unique_ptr<llvm::TargetMachine> machine, target_machine(cpu));
  llvm::LLVMContext context;
  const std::unique_ptr<llvm::Module> module = parse(ir, context);
  module->setTargetTriple(kTriple);
  module->setDataLayout(machine->createDataLayout());
  module->setPICLevel(llvm::PICLevel::BigPIC);
  optimise(*module, *machine);
  if (output == LlvmOutput::ir) {
    std::string text;
    llvm::raw_string_ostream stream(text);
    module->print(stream, nullptr);
    return text;
  }
  if (output == LlvmOutput::object) embed(*module, embedded);
  return machine_code(*module, *machine, output == LlvmOutput::assembly);
}

Result<void*> load(std::string_view object, const std::vector<std::pair<std::string, void*>>& imports) {
  start_llvm();
  llvm::orc::LLJITBuilder builder;
  builder.setJITTargetMachineBuilder(llvm::orc::JITTargetMachineBuilder(llvm::Triple(kTriple)));
  builder.setPlatformSetUp(llvm::orc::setUpInactivePlatform);
  auto jit = builder.create();
  if (!jit) return load_error(jit.takeError());
  llvm::orc::SymbolMap symbols;
  for (const auto& [name, address] : imports)
    symbols[(*jit)->mangleAndIntern(name)] = {llvm::orc::ExecutorAddr::fromPtr(address),
                                              llvm::JITSymbolFlags::Exported};
  llvm::orc::JITDylib& library = (*jit)->getMainJITDylib();
  if (llvm::Error bad = library.define(llvm::orc::absoluteSymbols(std::move(symbols))))
    return load_error(std::move(bad));
  auto buffer = llvm::MemoryBuffer::getMemBufferCopy(llvm::StringRef(object.data(), object.size()), "host library");
  if (llvm::Error bad = (*jit)->addObjectFile(std::move(buffer))) return load_error(std::move(bad));
  return jit->release();
}

Result<void*> find(void* loaded, const std::string& symbol) {
  auto found = static_cast<llvm::orc::LLJIT*>(loaded)->lookup(symbol);
  if (!found) return load_error(found.takeError());
  return found->toPtr<void*>();
}

void unload(void* loaded) { delete static_cast<llvm::orc::LLJIT*>(loaded); }

}  // namespace
}  // namespace psmc::host

const psmc::host::LlvmFunctions* psmc_llvm_functions() {
  static constexpr psmc::host::LlvmFunctions kFunctions{psmc::host::compile, psmc::host::load, psmc::host::find,
                                                        psmc::host::unload};
  return &kFunctions;
}
