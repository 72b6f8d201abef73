(function () {
  var rows = Array.from(document.querySelectorAll("#questions tbody tr"));
  var verdict = document.getElementById("verdict");
  var words = document.getElementById("words");
  var count = document.getElementById("count");
  function filter() {
    var wanted = words.value.toLowerCase();
    var shown = 0;
    rows.forEach(function (row) {
      var states = row.dataset.states.split(" ");
      var fits = (verdict.value === "" || states.includes(verdict.value))
        ? row.textContent.toLowerCase().includes(wanted) : false;
      row.hidden = fits === false;
      shown += fits ? 1 : 0;
    });
    count.textContent = shown + " of " + rows.length;
  }
  verdict.addEventListener("change", filter);
  words.addEventListener("input", filter);
  filter();
})();
