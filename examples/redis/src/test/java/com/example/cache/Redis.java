package com.example.cache;

import dev.procession.junit.ManagedProcess;
import dev.procession.junit.Ready;
import dev.procession.junit.Scope;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** One Redis for all test classes that say so, started for the first of them. Each keeps to keys of its own. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ManagedProcess(
        name = "redis",
        scope = Scope.RUN,
        command = {"redis-server", "--bind", "127.0.0.1", "--port", "${port}", "--save", ""},
        ready = @Ready(tcp = "${port}", log = "Ready to accept connections"),
        disabledWithoutCommand = true)
@interface Redis {}
