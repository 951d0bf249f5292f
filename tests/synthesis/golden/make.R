# Golden numbers of the synthesis, made by R metafor (Viechtbauer. J Stat Softw 2010;36(3)).
#   Rscript tests/synthesis/golden/make.R > tests/synthesis/golden/metafor.json
# Debian packages r-base-core and r-cran-metafor. Tolerances are tightened: the default ones stop up to 1e-5 short.
suppressMessages(library(metafor))

printed <- function(level, ...) {
  rows <- matrix(c(...), ncol = 4, byrow = TRUE)
  h <- as.numeric(rows[, 2]); l <- as.numeric(rows[, 3]); u <- as.numeric(rows[, 4])
  sei <- (log(u) - log(l)) / (2 * qnorm(0.5 + level / 200))
  list(label = rows[, 1], yi = log(h), vi = sei^2, printed = rows[, 2:4, drop = FALSE], level = rep(level, length.out = nrow(rows)))
}
given <- function(yi, vi, label = paste("study", seq_along(yi))) list(label = as.character(label), yi = as.numeric(yi), vi = as.numeric(vi))
five <- c("ToGA", "0.74", "0.60", "0.91", "LOGIC", "0.91", "0.73", "1.12", "JACOB", "0.84", "0.71", "1.00",
          "TyTAN", "0.84", "0.64", "1.11", "GATSBY", "1.15", "0.87", "1.51")
bcg <- escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
magnesium <- escalc(measure = "OR", ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = dat.li2007)

sets <- list(
  "check row of five trials" = printed(95, five),
  "first line, Q below its degrees of freedom" = printed(95, five[1:12]),
  "mixed levels" = printed(c(80, 99.2, 95, 90),
    "T-ACT", "0.91", "0.67", "1.22", "KEYNOTE-062", "0.91", "0.69", "1.18", "KEYNOTE-061", "1.27", "1.03", "1.57", "invented", "0.55", "0.40", "0.76"),
  "BCG vaccine (Colditz 1994)" = given(bcg$yi, bcg$vi),
  "passive smoking (Hackshaw 1998)" = given(dat.hackshaw1998$yi, dat.hackshaw1998$vi),
  "magnesium (Li 2007)" = given(magnesium$yi, magnesium$vi),
  "teacher expectancy (Raudenbush 1985)" = given(dat.raudenbush1985$yi, dat.raudenbush1985$vi),
  "huge tau2" = given(c(-30, 0, 45, 60), c(0.01, 0.04, 0.02, 0.5)),
  "variances of very different size" = given(c(0.1, 0.3, -0.2, 1.4, 0.0), c(1e-5, 2e-3, 0.5, 9, 0.08)),
  "empty interval of tau2" = given(c(0.1, 0.11, 0.1, 0.09, 0.1, 0.1, 0.1, 0.105), rep(c(0.5, 0.4), 4)),
  "two studies" = given(c(-0.3, 0.2), c(0.01, 0.02)),
  "one study" = given(-0.301105, 0.0112888)
)

num <- function(x) ifelse(is.na(x), "null", ifelse(is.infinite(x), "null", sprintf("%.17g", x)))
arr <- function(x) paste0("[", paste(num(as.numeric(x)), collapse = ", "), "]")
str <- function(x) paste0("[", paste0("\"", x, "\"", collapse = ", "), "]")
obj <- function(...) { parts <- list(...); paste0("{", paste0("\"", names(parts), "\": ", unlist(parts), collapse = ", "), "}") }

tight <- list(threshold = 1e-14, maxiter = 1e6, tol = 1e-14, tau2.max = 1e6)
fit <- function(yi, vi, method, test = "z") {
  # REML with huge variances is ill-conditioned in small steps: one tolerance for all but those.
  control <- tight
  if (diff(range(yi)) > 20) control$threshold <- 1e-9
  suppressWarnings(rma(yi, vi, method = method, test = test, control = control))
}
one <- function(res) {
  same <- predict(res); riley <- predict(res, pi.type = "riley")
  has <- res$k > 2 && res$method != "EE"
  ends <- function(p) if (has) arr(c(p$pi.lb, p$pi.ub)) else "null"
  interval <- "null"
  if (res$k > 1 && res$method != "EE") {
    ci <- suppressMessages(confint(res, control = list(tol = 1e-14, tau2.max = 1e8, maxiter = 1e5)))
    if (!isTRUE(ci$ci.null)) interval <- arr(ci$random[1, 2:3])
  }
  obj(estimate = num(c(res$beta)), se = num(res$se), lower = num(res$ci.lb), upper = num(res$ci.ub), statistic = num(res$zval),
      p = num(res$pval), tau2 = num(res$tau2), q = num(res$QE), q_p = num(res$QEp), i2 = num(res$I2), h2 = num(res$H2),
      weights = arr(weights(res)), tau2_range = interval, prediction_hts = ends(riley), prediction_same = ends(same))
}
described <- function(set) {
  k <- length(set$yi)
  fits <- list()
  for (method in c("EE", "DL", "REML", "PM")) {
    fits[[tolower(method)]] <- one(fit(set$yi, set$vi, method))
    if (method != "EE" && k > 2) fits[[paste0(tolower(method), "+hksj")]] <- one(fit(set$yi, set$vi, method, "knha"))
  }
  parts <- list(label = str(set$label), yi = arr(set$yi), vi = arr(set$vi))
  if (!is.null(set$printed)) {
    parts$printed <- paste0("[", paste(apply(set$printed, 1, str), collapse = ", "), "]")
    parts$level <- arr(set$level)
  }
  parts$fits <- do.call(obj, fits)
  if (k > 2) {
    for (method in c("EE", "REML", "DL")) {
      res <- fit(set$yi, set$vi, method)
      out <- suppressWarnings(leave1out(res)); add <- suppressWarnings(cumul(res))
      # Not all versions keep the variance between studies of the steps under the same name.
      parts[[paste0("leave_one_out_", tolower(method))]] <- obj(estimate = arr(out$estimate), se = arr(out$se), q = arr(out$Q))
      parts[[paste0("cumulative_", tolower(method))]] <- obj(estimate = arr(add$estimate), se = arr(add$se))
    }
  }
  do.call(obj, parts)
}

groups <- split(seq_len(nrow(bcg)), factor(bcg$alloc))
pooled <- lapply(groups, function(i) fit(bcg$yi[i], bcg$vi[i], "REML"))
between <- rma(sapply(pooled, function(r) c(r$beta)), sei = sapply(pooled, function(r) r$se), method = "EE")
# Bucher: with two estimates and one moderator the equal-effect model is exact, its slope is the indirect comparison.
pair <- printed(95, "A v C", "0.74", "0.60", "0.91", "B v C", "0.91", "0.73", "1.12")
bucher <- suppressWarnings(rma(pair$yi, pair$vi, mods = ~ c(1, 0), method = "EE"))

cat("{\n")
cat(sprintf("\"made_by\": \"R %s, metafor %s\",\n", getRversion(), packageVersion("metafor")))
cat("\"sets\": {\n")
cat(paste0("\"", names(sets), "\": ", sapply(sets, described), collapse = ",\n"))
cat("\n},\n\"groups\": ", obj(names = str(names(groups)), members = paste0("[", paste(sapply(groups, function(i) arr(i - 1)), collapse = ", "), "]"),
    estimate = arr(sapply(pooled, function(r) c(r$beta))), se = arr(sapply(pooled, function(r) r$se)),
    q = num(between$QE), p = num(between$QEp)), sep = "")
cat(",\n\"bucher\": ", obj(yi = arr(pair$yi), vi = arr(pair$vi), estimate = num(bucher$beta[2]), se = num(bucher$se[2]),
    lower = num(bucher$ci.lb[2]), upper = num(bucher$ci.ub[2]), p = num(bucher$pval[2])), "\n}\n", sep = "")
