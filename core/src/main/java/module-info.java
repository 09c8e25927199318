/** Processes: started, proved to be fresh and ready, watched, and made to end. */
module dev.procession.core {
    requires com.sun.jna;
    requires static org.jspecify;

    exports dev.procession.cleanup;
    exports dev.procession.launch;
    exports dev.procession.os;
    exports dev.procession.process;
    exports dev.procession.readiness;
    exports dev.procession.supervise;
    exports dev.procession.watch;

    uses dev.procession.process.ProcessSource;

    provides dev.procession.process.ProcessSource with
            dev.procession.os.backend.MachineProcesses;
}
