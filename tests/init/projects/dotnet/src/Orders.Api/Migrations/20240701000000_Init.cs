public partial class Init : Migration { }
